"""The trace that a request belongs to: the caller's, when it names one."""

from typing import Any

from falcon import Request, Response

from ostiary.platform import tracing


class Traces:
    def process_request(self, req: Request, _resp: Response) -> None:
        if traceparent := req.env.get("HTTP_TRACEPARENT"):
            tracing.join(traceparent, req.env.get("HTTP_TRACESTATE"))

    def process_response(self, req: Request, _resp: Response, _resource: Any, _ok: bool) -> None:
        tracing.name_route(req.method, req.uri_template)


def trace_requests(app: Any) -> Any:
    """Puts OpenTelemetry's own middleware around the application where it is asked for.

    Its instrumentation of Falcon would replace the class, for whoever imports it later.
    """
    if not tracing.start("web"):
        return app
    from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware

    return OpenTelemetryMiddleware(app)
