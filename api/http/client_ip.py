"""The address of the client, found once per request."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

from falcon import Request, Response

from ostiary.platform import request_context
from ostiary.platform.client_address import Network, find_client

Find = Callable[[str, str], str]

# More than a few proxies say. Whoever makes up longer ones shall not fill the memory with them.
LONGEST_REMEMBERED = 256


@dataclass(frozen=True)
class ClientAddress:
    """Leaves the address in `req.context.client`, written as RFC 5952 says."""

    trusted: tuple[Network, ...]

    def process_request(self, req: Request, _resp: Response) -> None:
        forwarded = req.env.get("HTTP_X_FORWARDED_FOR", "")
        find = self._recall if len(forwarded) <= LONGEST_REMEMBERED else self._find
        req.context.client = find(req.remote_addr, forwarded)
        request_context.arrive(req.context.client)

    def process_response(self, req: Request, resp: Response, _resource: Any, _ok: bool) -> None:
        request_context.leave()

    @cached_property
    def _recall(self) -> Find:
        """Most clients come again, and to read an address costs more than to look it up."""
        return lru_cache(maxsize=4096)(self._find)

    @cached_property
    def _find(self) -> Find:
        return partial(find_client, trusted=self.trusted)
