"""Headers that keep browsers and caches from being too helpful."""

from dataclasses import dataclass
from typing import Any

from falcon import Request, Response

ONE_YEAR = "max-age=31536000"


@dataclass(frozen=True)
class SecurityHeaders:
    """Nothing may be stored unless its route says otherwise."""

    https_only: bool

    def process_response(self, _req: Request, resp: Response, _resource: Any, _ok: bool) -> None:
        resp.set_header("X-Content-Type-Options", "nosniff")
        if resp.get_header("Cache-Control") is None:
            resp.set_header("Cache-Control", "no-store")
        if self.https_only:
            resp.set_header("Strict-Transport-Security", ONE_YEAR)
