"""Asks for an access token where a route declared that it needs one."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from falcon import Request, Response

from api.http.operation import operation_of
from api.http.refusals import Forbidden
from ostiary.errors import Unauthenticated
from ostiary.platform.request_context import act_as

BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


class Caller(Protocol):
    """Who an access token speaks for."""

    @property
    def account_id(self) -> UUID: ...
    @property
    def session_id(self) -> UUID: ...
    @property
    def roles(self) -> Collection[str]: ...


Authenticate = Callable[[str], Caller]
"""Raises Unauthenticated for any token it does not believe."""


@dataclass(frozen=True)
class Bearer:
    authenticate: Authenticate

    def process_resource(
        self, req: Request, _resp: Response, _resource: object, _path: dict[str, Any]
    ) -> None:
        declared = operation_of(req)
        if declared is None or not declared.needs_token:
            return
        caller = req.context.caller = self.authenticate(_token(req))
        act_as(caller.account_id)
        if declared.role and declared.role not in caller.roles:
            raise Forbidden


def _token(req: Request) -> str:
    found = BEARER.fullmatch(req.env.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        raise Unauthenticated
    return found[1]
