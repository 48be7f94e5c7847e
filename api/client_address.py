"""The address of the client, found once per request."""

from dataclasses import dataclass
from typing import Any

from falcon import Request, Response

from ostiary.platform import circumstances
from ostiary.platform.client_address import Network, find_client


@dataclass(frozen=True)
class ClientAddress:
    """Leaves the address in `req.context.client`, written as RFC 5952 says."""

    trusted: tuple[Network, ...]

    def process_request(self, req: Request, _resp: Response) -> None:
        forwarded = req.get_header("X-Forwarded-For") or ""
        req.context.client = find_client(req.remote_addr, forwarded, trusted=self.trusted)
        circumstances.arrive(req.context.client)

    def process_response(self, req: Request, resp: Response, _resource: Any, _ok: bool) -> None:
        circumstances.leave()
