"""`/v1/admin/keys`: the keys that sign access tokens, and the next one."""

from dataclasses import dataclass
from typing import Annotated, Literal

from falcon import Request, Response
from pydantic import Field

from api.http.operation import operation
from api.http.paging import Paging, page
from api.http.schemas import Answer, Body, Moment, answer
from ostiary.errors import Unavailable
from ostiary.sessions.keys.keys import Keys


class SigningKey(Answer):
    kid: str
    state: Literal["published", "active", "retiring"]
    published_at: Moment
    active_at: Moment
    retiring_at: Moment | None


class SigningKeyPage(Answer):
    items: list[SigningKey]
    next_cursor: str | None


class Rotation(Body):
    emergency: Annotated[
        bool,
        Field(
            examples=[True],
            description="Refuse at once whatever the keys before have signed",
        ),
    ] = False


@dataclass(frozen=True)
class AdminKeysResource:
    keys: Keys

    @operation(
        "List signing keys",
        query=Paging,
        answers={200: SigningKeyPage},
        refuses=(Unavailable,),
        role="admin",
    )
    def on_get(self, req: Request, resp: Response, query: Paging) -> None:
        """The newest first; `retiring_at` is null while there is no successor."""
        found = self.keys.older_than(query.cursor) if query.cursor else self.keys.newest()
        answer(resp, 200, SigningKeyPage.model_validate(page(found, query.limit)))


@dataclass(frozen=True)
class RotationResource:
    keys: Keys

    @operation(
        "Rotate the signing key",
        body=Rotation,
        optional=True,
        answers={201: SigningKey},
        refuses=(Unavailable,),
        role="admin",
    )
    def on_post(self, req: Request, resp: Response, body: Rotation) -> None:
        """A new key, which is published for ten minutes and then becomes active by itself; the
        one that is already published, if there is one. In an emergency the new key is active at
        once and all others are gone. The body may be left out.
        """
        made = self.keys.rotate_at_once() if body.emergency else self.keys.rotate()
        answer(resp, 201, SigningKey.model_validate(made))
