"""Whether the settings of a stack are such that a drill there says something."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ostiary.platform.settings import Settings

# How many guesses at one address are judged.
GUESSES: Final = 5
# Windows of the alerts that count, which are minutes in production.
WINDOW_SECONDS: Final = 15


def unfit(settings: Settings) -> Iterator[str]:
    """What is missing, each with its variable's name."""
    if not settings.drills_allowed:
        yield "DRILLS_ALLOWED is not true here"
    if not settings.smtp or not settings.alert_emails or not settings.alert_webhook_url:
        yield "SMTP_URL, ALERT_EMAILS and ALERT_WEBHOOK_URL must name the stack's mailbox"
    if not settings.email_verification_required:
        yield "AUTH_EMAIL_VERIFICATION_REQUIRED must be true: newcomers read a letter"
    if settings.login_max_attempts != GUESSES:
        yield f"AUTH_LOGIN_MAX_ATTEMPTS must be {GUESSES}: so many guesses are counted"
    for name, counted in (
        ("ALERT_LOCKOUTS", settings.alert_lockouts),
        ("ALERT_METRICS_DENIED", settings.alert_metrics_denied),
    ):
        if counted.count > 10 or counted.window > timedelta(seconds=WINDOW_SECONDS):
            yield f"{name} must be 10/{WINDOW_SECONDS}s: a drill waits no longer for its end"
