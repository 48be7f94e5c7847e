"""`POST /v1/auth/unlock`."""

from dataclasses import dataclass

from falcon import Request, Response

from api.accounts import LetterToken
from api.http.operation import operation
from api.http.schemas import Answer, Body, answer
from ostiary.accounts.unlocking import Unlocking
from ostiary.errors import TokenExpired, TokenInvalid, Unavailable


class Key(Body):
    token: LetterToken


class LetIn(Answer):
    device_token: str


@dataclass(frozen=True)
class UnlockResource:
    unlocking: Unlocking

    @operation(
        "Let the owner of a locked address in",
        body=Key,
        answers={200: LetIn},
        refuses=(TokenInvalid, TokenExpired, Unavailable),
        limit="token",
    )
    def on_post(self, _req: Request, resp: Response, body: Key) -> None:
        """The device token has a budget of its own; the lock goes on for everybody else."""
        device_token = self.unlocking.unlock(body.token)
        answer(resp, 200, LetIn(device_token=device_token))
