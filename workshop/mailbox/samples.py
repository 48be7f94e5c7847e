"""Every letter that Ostiary writes, with made-up contents, to be looked at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ostiary.courier.letters import Letters
from ostiary.watch.alerts.alert import Alert
from workshop.mailbox.letters import Letter, read_letter

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=7)
TOKEN = "pX2T8aWq0cJ3vN5kR7mYb1LdE4fGh6ZsUoIiQnKtBwA"
CLIENT = "2001:db8::1"
ALERT = Alert(
    id=UUID("019523a0-0000-7000-8000-000000000001"),
    rule="redis_unavailable",
    severity="warning",
    summary="Redis cannot be reached. Clients notice nothing; letters go out all the same.",
    fired_at=NOON,
    announced_at=NOON,
)
RUNBOOK = "http://localhost:3000/docs/runbook#redis_unavailable"

# By template, and by what becomes of it where that makes several letters.
SAMPLES: dict[str, dict[str, object]] = {
    "verification": {
        "token": TOKEN,
        "valid_for": timedelta(days=1),
        "registered_at": NOON,
        "network": "2001:db8::/48",
    },
    "already_registered": {"token": TOKEN, "valid_for": timedelta(hours=1)},
    "invitation": {"token": TOKEN, "valid_for": timedelta(days=1)},
    "password_reset": {"token": TOKEN, "valid_for": timedelta(hours=1)},
    "password_changed": {"changed_at": NOON, "client": CLIENT},
    "new_device": {"seen_at": NOON, "client": CLIENT, "program": "Firefox on Linux"},
    "lockout": {
        "token": TOKEN,
        "valid_for": timedelta(days=1),
        "locked_at": NOON,
        "locked_for": timedelta(minutes=15),
        "client": CLIENT,
    },
    "alert.firing": {"news": "firing", "alert": ALERT, "runbook": RUNBOOK, "at": NOON},
    "alert.resolved": {"news": "resolved", "alert": ALERT, "runbook": RUNBOOK, "at": LATER},
    "alert.test": {"news": "test", "alert": ALERT, "runbook": RUNBOOK, "at": NOON},
}


def all_samples() -> list[Letter]:
    return [sample(name) for name in SAMPLES]


def find_sample(letter_id: str) -> Letter | None:
    name = letter_id.removeprefix("sample.")
    return sample(name) if name != letter_id and name in SAMPLES else None


def sample(name: str) -> Letter:
    """As the mailbox would have got it."""
    to, letters = (
        "ada@example.com",
        Letters("Ostiary <noreply@example.com>", "http://localhost:3000"),
    )
    template, context = name.partition(".")[0], SAMPLES[name]
    letter = letters.compose(template, to=to, promise_id=UUID(int=0), **context)
    return replace(read_letter(letter.as_bytes(), [to]), id=f"sample.{name}", received_at=NOON)
