"""Whether OpenTelemetry is asked for, by its own variables, and can be had."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from ostiary.platform.tracing.spans import Spans

log = structlog.get_logger()

ASKING = (
    "OTEL_TRACES_EXPORTER",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
)
SPOKEN = "http/protobuf"


def find_spans(process: str, environ: Mapping[str, str]) -> "Spans | None":
    """None, at the cost of a few look-ups, unless OpenTelemetry is configured."""
    if not is_asked_for(environ):
        return None
    if hindrance := _hindrance(environ):
        log.warning("tracing_unavailable", reason=hindrance)
        return None
    try:
        from ostiary.platform.tracing.spans import open_spans
    except ModuleNotFoundError as missing:
        log.warning("tracing_unavailable", reason=f"{missing}: install ostiary[otel]")
        return None
    return open_spans(process)


def is_asked_for(environ: Mapping[str, str]) -> bool:
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return any(environ.get(name) for name in ASKING)


def _hindrance(environ: Mapping[str, str]) -> str | None:
    protocol = environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environ.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL"
    )
    if environ.get("OTEL_TRACES_EXPORTER", "otlp") not in ("", "otlp"):
        return "the only exporter is otlp"
    if protocol not in (None, "", SPOKEN):
        return f"the only protocol is {SPOKEN}"
    return None
