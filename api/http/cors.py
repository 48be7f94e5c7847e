"""Which other origins may read our answers (Fetch standard, CORS protocol); never with cookies."""

from dataclasses import dataclass
from typing import Any

from falcon import Request, Response

ALLOWED_HEADERS = "Authorization, Content-Type, X-Device-Token, X-Request-Id"
EXPOSED_HEADERS = "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy"
TEN_MINUTES = "600"


@dataclass(frozen=True)
class Cors:
    origins: tuple[str, ...]

    def process_response(self, req: Request, resp: Response, _resource: Any, _ok: bool) -> None:
        resp.append_header("Vary", "Origin")
        origin = req.env.get("HTTP_ORIGIN")
        if origin not in self.origins:
            return
        resp.set_header("Access-Control-Allow-Origin", origin)
        resp.set_header("Access-Control-Expose-Headers", EXPOSED_HEADERS)
        if _is_preflight(req):
            resp.set_header("Access-Control-Allow-Methods", resp.get_header("Allow") or "")
            resp.set_header("Access-Control-Allow-Headers", ALLOWED_HEADERS)
            resp.set_header("Access-Control-Max-Age", TEN_MINUTES)


def _is_preflight(req: Request) -> bool:
    return req.method == "OPTIONS" and bool(req.get_header("Access-Control-Request-Method"))
