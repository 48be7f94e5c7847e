"""Routes where HEAD answers as GET, OPTIONS as 204, and no method is unheard of."""

from typing import Any

from falcon import Request, Response
from falcon.routing import CompiledRouter


class Methods(dict[str, Any]):
    """The responders of a route; a method nobody ever heard of is refused as TRACE is."""

    def __missing__(self, _method: str) -> Any:
        return self["TRACE"]


class Router(CompiledRouter):
    def find(self, uri: str, req: Request | None = None) -> Any:
        """Paths are exact: `//metrics` is not `/metrics`."""
        return None if uri.startswith("//") else super().find(uri, req)

    def map_http_methods(self, resource: object, **options: Any) -> Methods:
        methods = Methods(super().map_http_methods(resource, **options))
        if "GET" in methods:
            methods["HEAD"] = methods["GET"]
        methods["OPTIONS"] = _say_what_is_allowed({*methods, "OPTIONS"})
        return methods


def _say_what_is_allowed(methods: set[str]) -> Any:
    allowed = ", ".join(sorted(methods))

    def on_options(_req: Request, resp: Response, **_path: Any) -> None:
        resp.status = 204
        resp.set_header("Allow", allowed)

    return on_options
