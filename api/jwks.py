"""`GET /.well-known/jwks.json`: the public signing keys (RFC 7517)."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import orjson
from falcon import Request, Response
from pydantic import ConfigDict

from api.http.bodies import JSON
from api.http.operation import operation
from api.http.schemas import Answer
from ostiary.errors import Unavailable
from ostiary.sessions.keys.signing_keys import SigningKeys


class PublicKey(Answer):
    model_config = ConfigDict(extra="forbid")

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    kid: str
    use: Literal["sig"]
    alg: Literal["ES256"]


class KeySet(Answer):
    keys: list[PublicKey]


@dataclass(frozen=True)
class JwksResource:
    signing_keys: SigningKeys

    @operation("Read the public keys", answers={200: KeySet, 304: None}, refuses=(Unavailable,))
    def on_get(self, req: Request, resp: Response) -> None:
        document = orjson.dumps(self.signing_keys.jwks())
        resp.cache_control = ["public", "max-age=300"]
        resp.etag = tag = hashlib.sha256(document).hexdigest()[:32]
        if {tag, "*"}.intersection(req.if_none_match or ()):
            resp.status = 304
            return
        resp.content_type, resp.data = JSON, document
