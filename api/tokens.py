"""How the tokens of a session look in an answer."""

from typing import Literal
from uuid import UUID

from falcon import Request

from api.http.schemas import Answer
from ostiary.sessions import tokens as domain

DEVICE_TOKEN = {"X-Device-Token": "The device token of an earlier login"}


class Tokens(Answer):
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    session_id: UUID
    device_token: str

    @classmethod
    def of(cls, tokens: domain.Tokens) -> "Tokens":
        return cls(
            access_token=tokens.access_token,
            expires_in=int(tokens.expires_in.total_seconds()),
            refresh_token=tokens.refresh_token,
            refresh_expires_in=round(tokens.refresh_expires_in.total_seconds()),
            session_id=tokens.session_id,
            device_token=tokens.device_token,
        )


def device_token_of(req: Request) -> str | None:
    token: str | None = req.env.get("HTTP_X_DEVICE_TOKEN")
    return token
