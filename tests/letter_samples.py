"""Letters to look at."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ostiary.courier.letters import Letter, Letters

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
        "verification", to=to, promise_id=PROMISE, token=token, valid_for=valid_for
    )
