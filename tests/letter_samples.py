"""Letters to look at."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ostiary.courier.letters import Letter, Letters
from ostiary.watch.alerts.alert import Alert, Kind
from ostiary.watch.alerts.rules import BY_NAME

PROMISE = UUID("0190b5f0-0000-7000-8000-000000000001")
TOKEN = "t0ken_-" * 6
LETTERS = Letters(
    "Ostiary <noreply@example.com>",
    "https://accounts.example.com",
    lambda: datetime(2026, 11, 5, 12, tzinfo=UTC),
)


def verification(
    *, to: str = "ann@example.org", token: str = TOKEN, valid_for: timedelta = timedelta(days=1)
) -> Letter:
    return LETTERS.compose(
        "verification",
        to=to,
        promise_id=PROMISE,
        token=token,
        valid_for=valid_for,
        registered_at=datetime(2026, 11, 5, 12, tzinfo=UTC),
        network="192.0.2.0/24",
    )


def alert(news: Kind = "firing", letters: Letters = LETTERS) -> Letter:
    """It began at noon, and a resolved one ended at half past one."""
    rule, began = BY_NAME["postgres_unavailable"], datetime(2026, 11, 5, 12, tzinfo=UTC)
    return letters.compose(
        "alert",
        to="ops@example.org",
        promise_id=PROMISE,
        news=news,
        alert=Alert(PROMISE, rule.name, rule.severity, rule.summary, began, began),
        at=began + timedelta(minutes=90),
        runbook=f"{LETTERS.public_url}{rule.runbook}",
    )
