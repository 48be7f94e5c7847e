"""Puts routes, middleware and error handling together into one WSGI application."""

from typing import Any

from falcon import App

from api.docs import Routes, documentation
from api.http.access_log import AccessLog, Observe
from api.http.bearer import Authenticate, Bearer
from api.http.client_ip import ClientAddress
from api.http.cors import Cors
from api.http.cross_site import OwnForms, origin_of
from api.http.errors import Problems
from api.http.operation import Operations
from api.http.rate_limits import UNLIMITED, RateLimits
from api.http.request_ids import RequestIds
from api.http.router import Router
from api.http.security_headers import SecurityHeaders
from api.http.site import Site
from api.http.traces import Traces
from ostiary.platform.settings import Settings


def create_app(
    routes: Routes,
    *,
    settings: Settings,
    authenticate: Authenticate,
    rate_limits: RateLimits = UNLIMITED,
    observe: Observe | None = None,
) -> App[Any, Any]:
    middleware = [*_uncounted(settings, observe), rate_limits, Bearer(authenticate)]
    app = App(middleware=middleware, router=Router())
    Problems(settings.public_url).handle(app)
    for path, resource in [*routes, *documentation(routes, settings)]:
        app.add_route(path, resource)
    return app


def _uncounted(settings: Settings, observe: Observe | None) -> list[Any]:
    """What comes before the rate limits, so that a refusal in it spends nothing."""
    return [
        RequestIds(),
        Traces(),
        AccessLog(observe),
        SecurityHeaders(https_only=settings.app_env == "production"),
        Cors(settings.cors_origins),
        ClientAddress(settings.trusted_proxies),
        Operations(),
        Site(settings.app_name, settings.app_url, settings.support_url),
        OwnForms(origin_of(settings.public_url)),
    ]
