"""Makes JWTs by hand, good ones and bad ones (RFC 7515 §3.1, RFC 7518 §3.4)."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

Part = Mapping[str, Any] | bytes
Sign = Callable[[bytes], bytes]

ES256 = ec.ECDSA(SHA256())


@dataclass(frozen=True)
class Forger:
    """Knows a genuine token, and repeats it with anything changed."""

    header: dict[str, Any]
    claims: dict[str, Any]
    sign: Sign

    def with_header(self, **changes: Any) -> str:
        return jws({**self.header, **changes}, self.claims, self.sign)

    def with_claims(self, **changes: Any) -> str:
        return jws(self.header, {**self.claims, **changes}, self.sign)

    def without_header(self, name: str) -> str:
        header = {key: value for key, value in self.header.items() if key != name}
        return jws(header, self.claims, self.sign)

    def without_claim(self, name: str) -> str:
        claims = {key: value for key, value in self.claims.items() if key != name}
        return jws(self.header, claims, self.sign)


def jws(header: Part, payload: Part, sign: Sign) -> str:
    """The compact serialisation; parts that are bytes already are taken as they are."""
    signed = f"{encode(_bytes_of(header))}.{encode(_bytes_of(payload))}"
    return f"{signed}.{encode(sign(signed.encode()))}"


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = token.split(".")
    return json.loads(decode(header)), json.loads(decode(claims))


def es256(key: ec.EllipticCurvePrivateKey) -> Sign:
    def sign(signed: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(signed, ES256))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def hs256(secret: bytes) -> Sign:
    return lambda signed: hmac.digest(secret, signed, hashlib.sha256)


def verify_es256(token: str, jwk: Mapping[str, str]) -> None:
    """Raises `cryptography`'s `InvalidSignature`."""
    signed, _, signature = token.rpartition(".")
    r, s = _halves(decode(signature))
    public_key(jwk).verify(encode_dss_signature(r, s), signed.encode(), ES256)


def public_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    return _public_numbers(jwk).public_key()


def private_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePrivateKey:
    return ec.EllipticCurvePrivateNumbers(_number(jwk["d"]), _public_numbers(jwk)).private_key()


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _bytes_of(part: Part) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part).encode()


def _public_numbers(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicNumbers:
    return ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1())


def _number(text: str) -> int:
    return int.from_bytes(decode(text), "big")


def _halves(signature: bytes) -> tuple[int, int]:
    assert len(signature) == 64
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
