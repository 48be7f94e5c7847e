"""What a setting asks of the others: more in public than at home."""

from collections.abc import Iterator, Mapping

from ostiary.platform.settings.choices import MEANINGS

IN_PUBLIC = ("CORS_ORIGINS", "PUBLIC_URL", "SMTP_URL")
GUARDS = {"secret": "METRICS_GUARD_SECRET", "cidr": "METRICS_GUARD_ALLOWLIST"}


def unmet(values: Mapping[str, str], *, process: str | None) -> Iterator[tuple[str, str]]:
    """The variables that are missing or too lenient here, each with what is wrong."""
    for name, reason in _required(values, process):
        if name not in values:
            yield name, f"is required {reason}"
    if _is_public(values) and values.get("METRICS_GUARD") == "none":
        yield "METRICS_GUARD", f"must be secret or cidr when APP_ENV is {values['APP_ENV']}"
    if values.get("APP_ENV") == "production" and _is_on(values, "DRILLS_ALLOWED"):
        yield "DRILLS_ALLOWED", "must be false when APP_ENV is production"


def _required(values: Mapping[str, str], process: str | None) -> Iterator[tuple[str, str]]:
    if _is_public(values):
        reason = f"when APP_ENV is {values['APP_ENV']}"
        yield from ((name, reason) for name in IN_PUBLIC)
        if process == "flower":
            yield "FLOWER_BASIC_AUTH", reason
    guard = values.get("METRICS_GUARD", "secret")
    if _is_on(values, "METRICS_ENABLED") and guard in GUARDS:
        yield GUARDS[guard], f"when METRICS_GUARD is {guard} and metrics are enabled"
    if "ALERT_WEBHOOK_URL" in values:
        yield "ALERT_WEBHOOK_SECRET", "to sign what goes to ALERT_WEBHOOK_URL"


def _is_public(values: Mapping[str, str]) -> bool:
    return values.get("APP_ENV") in ("staging", "production")


def _is_on(values: Mapping[str, str], name: str) -> bool:
    return MEANINGS.get(values.get(name, "no").lower(), False)
