"""`POST /v1/auth/refresh`."""

from dataclasses import dataclass
from typing import Annotated

from falcon import Request, Response
from pydantic import Field

from api.http.operation import operation
from api.http.schemas import Body, answer
from api.tokens import DEVICE_TOKEN, Tokens, device_token_of
from ostiary.errors import (
    RefreshTokenExpired,
    RefreshTokenInvalid,
    RefreshTokenReused,
    Unavailable,
)
from ostiary.sessions.refresh import Refresh


class LastToken(Body):
    refresh_token: Annotated[str, Field(examples=["pX2T8aWq0cJ3vN5kR7mYb1LdE4fGh6ZsUoIiQnKtBwA"])]


@dataclass(frozen=True)
class RefreshResource:
    refresh: Refresh

    @operation(
        "Go on with a session",
        body=LastToken,
        headers=DEVICE_TOKEN,
        answers={200: Tokens},
        refuses=(RefreshTokenInvalid, RefreshTokenExpired, RefreshTokenReused, Unavailable),
        limit="refresh",
    )
    def on_post(self, req: Request, resp: Response, body: LastToken) -> None:
        """Each refresh token works once; for a moment it is answered the same again."""
        tokens = self.refresh.refresh(body.refresh_token, device_token=device_token_of(req))
        answer(resp, 200, Tokens.of(tokens))
