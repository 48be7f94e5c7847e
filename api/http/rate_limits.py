"""Rate limits per client, with the headers of draft-ietf-httpapi-ratelimit-headers."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from falcon import Request, Response

from api.http.operation import operation_of
from ostiary.errors import RateLimited
from ostiary.protection.limits import Policy, Taken

Take = Callable[[Policy, str], Taken | None]
GiveBack = Callable[[Policy, str], None]


@dataclass(frozen=True)
class RateLimits:
    """Whoever comes again as a 503 says has as many requests left as before."""

    take: Take
    give_back: GiveBack

    def process_resource(
        self, req: Request, resp: Response, _resource: object, _path: dict[str, Any]
    ) -> None:
        declared = operation_of(req)
        if declared is None or declared.limit is None:
            return
        taken = self.take(declared.limit, req.context.client)
        if taken is None:
            return
        req.context.taken = taken
        resp.set_headers(headers_of(taken))
        if taken.is_exceeded:
            raise RateLimited(retry_after=taken.resets_in)

    def process_response(
        self, req: Request, resp: Response, _resource: object, _succeeded: bool
    ) -> None:
        taken: Taken | None = req.context.get("taken")
        if taken is not None and resp.status_code == 503:
            self.give_back(taken.policy, req.context.client)
            resp.set_headers(headers_of(taken.given_back))


UNLIMITED = RateLimits(take=lambda _policy, _client: None, give_back=lambda _policy, _client: None)


def headers_of(taken: Taken) -> dict[str, str]:
    window, left = taken.rate.window.total_seconds(), taken.resets_in.total_seconds()
    remaining = max(0, taken.remaining)
    return {
        "RateLimit-Policy": f'"{taken.policy}";q={taken.rate.count};w={window:.0f}',
        "RateLimit": f'"{taken.policy}";r={remaining};t={math.ceil(left)}',
    }
