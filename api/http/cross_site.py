"""Takes the form of a page from our own pages alone, by Fetch Metadata or else by its origin.

Another site can make a browser send a form with a token it made up, or with its own. That must not
spend the rate limit of the network that the visitor is in, so it is refused before anything counts.
"""

from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any
from urllib.parse import urlsplit

from falcon import Request, Response

from api.http.operation import operation_of
from api.http.refusals import CrossSite
from ostiary.courier.letters.addresses import wire_host

DEFAULT_PORTS = {"http": 80, "https": 443}
# `none` is what the visitor has done without any site, such as opening a bookmark.
OWN_SITES = {"same-origin", "none"}
# What a page that sends no referrer, as ours do, has for its origin.
NO_ORIGIN = "null"


@dataclass(frozen=True)
class OwnForms:
    """A middleware; a client that sends neither header is no browser, and is let through."""

    origin: str

    def process_resource(
        self, req: Request, _resp: Response, _resource: object, _path: dict[str, Any]
    ) -> None:
        declared = operation_of(req)
        if declared is not None and declared.form is not None and not self._is_own(req):
            raise CrossSite

    def _is_own(self, req: Request) -> bool:
        site, origin = req.env.get("HTTP_SEC_FETCH_SITE"), req.env.get("HTTP_ORIGIN")
        if site is not None:
            return site in OWN_SITES
        return origin in {None, self.origin, NO_ORIGIN}


def origin_of(url: str) -> str:
    """The origin of a URL as browsers write it (RFC 6454): in lower case, without default port."""
    parts = urlsplit(url)
    host = _written(parts.hostname or "")
    port = "" if parts.port in {None, DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _written(host: str) -> str:
    """A host that no browser finds, either, stays as it is."""
    with suppress(ValueError):
        return f"[{IPv6Address(host).compressed}]" if ":" in host else wire_host(host)
    return host
