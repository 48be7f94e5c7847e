"""What the settings show to strangers."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.platform.settings import Settings

SHORTEST_METRICS_SECRET = 16
QUIET = ("error", "critical")
LOCAL = ("localhost", "127.0.0.1", "::1")


def look(site: Site) -> Iterator[Finding]:
    settings = site.settings
    if site.is_public:
        yield from in_public(settings)
    else:
        yield from only_seemingly_private(settings)
    yield from at_the_door(settings)
    yield from alerting(settings)


def in_public(settings: Settings) -> Iterator[Finding]:
    if settings.public_url.startswith("http:"):
        yield Finding("public_url_not_https", "PUBLIC_URL begins with http://.")
    if plain := [origin for origin in settings.cors_origins if origin.startswith("http:")]:
        yield Finding("cors_not_https", f"CORS_ORIGINS has {len(plain)} that begin with http://.")
    if not settings.email_verification_required:
        yield Finding("verification_off", "AUTH_EMAIL_VERIFICATION_REQUIRED is false.")
    if (settings.alert_webhook_url or "").startswith("http:"):
        yield Finding("alert_webhook_not_https", "ALERT_WEBHOOK_URL begins with http://.")


def only_seemingly_private(settings: Settings) -> Iterator[Finding]:
    url = urlsplit(settings.public_url)
    if url.scheme == "https" and url.hostname not in LOCAL:
        yield Finding(
            "environment_not_production",
            f"APP_ENV is {settings.app_env}, PUBLIC_URL begins with https://.",
        )


def at_the_door(settings: Settings) -> Iterator[Finding]:
    if any(network.prefixlen == 0 for network in settings.trusted_proxies):
        yield Finding("trusted_proxies_everybody", "TRUSTED_PROXIES holds every address.")
    if settings.log_level in QUIET:
        yield Finding("log_too_quiet", f"LOG_LEVEL is {settings.log_level}.")
    if settings.metrics_enabled and (weakness := _of_guard(settings)):
        yield Finding("metrics_guard_weak", weakness)


def alerting(settings: Settings) -> Iterator[Finding]:
    if settings.alert_webhook_url:
        return
    if settings.alert_emails:
        yield Finding("alerts_by_mail_alone", "ALERT_WEBHOOK_URL is not set.")
    else:
        yield Finding("alerts_go_nowhere", "Neither ALERT_EMAILS nor ALERT_WEBHOOK_URL is set.")


def _of_guard(settings: Settings) -> str:
    length = len(settings.metrics_guard_secret or "")
    if settings.metrics_guard == "secret" and length < SHORTEST_METRICS_SECRET:
        return f"METRICS_GUARD_SECRET has {length} characters."
    everybody = any(network.prefixlen == 0 for network in settings.metrics_guard_allowlist)
    if settings.metrics_guard == "cidr" and everybody:
        return "METRICS_GUARD_ALLOWLIST holds every address."
    return ""
