"""Puts routes, middleware and error handling together into one WSGI application."""

from typing import Any

from falcon import App

from api.access_log import AccessLog, Observe
from api.bearer import Authenticate, Bearer
from api.client_address import ClientAddress
from api.cors import Cors
from api.cross_site import OwnForms, origin_of
from api.docs import Routes, documentation
from api.errors import Problems
from api.operation import Operations
from api.rate_limits import UNLIMITED, RateLimits
from api.request_ids import RequestIds
from api.router import Router
from api.security_headers import SecurityHeaders
from api.site import Site
from api.traces import Traces
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
