"""The moments of an incident, each found in the record and counted from the fault or its repair."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from workshop.rehearsal.record import Answer, Journey, Look, Notice, Record

# By then every web process has looked, which it does each second, and been asked.
FOR_GOOD_SECONDS = 2.0

Since = Literal["fault", "repair"]
Finder = Callable[[Record, float, "Looked"], float | None]


@dataclass(frozen=True)
class Looked:
    """What a drill looks for: a check of `/ready`, a rule of the alerts."""

    check: str | None
    alert: str | None


@dataclass(frozen=True)
class Milestone:
    name: str
    since: Since
    means: str
    finder: Finder

    def seconds(self, record: Record, looked: Looked) -> float | None:
        """None while it has not come."""
        began = record.fault_at if self.since == "fault" else record.repair_at
        if began is None:
            return None
        found = self.finder(record, began, looked)
        return None if found is None else found - began


Seen = Look | Notice | Answer


def _first(seen: Iterable[Seen], began: float, fits: Callable[..., bool]) -> float | None:
    return next((each.at for each in list(seen) if each.at >= began and fits(each)), None)


def _detected(record: Record, began: float, looked: Looked) -> float | None:
    check = looked.check or ""
    return _first(record.looks, began, lambda look: look.checks.get(check, "up") != "up")


def _noticed(channel: str, state: str) -> Finder:
    def find(record: Record, began: float, looked: Looked) -> float | None:
        wanted = (channel, f"{state} {looked.alert}")
        return _first(record.notices, began, lambda each: (each.channel, each.line) == wanted)

    return find


def _letter(record: Record, began: float, _looked: Looked) -> float | None:
    """The letter of the first who was promised one since then."""
    later = [each for each in list(record.journeys) if _was_promised(each, began)]
    return later[0].letter_at if later else None


def _was_promised(journey: Journey, began: float) -> bool:
    return journey.promised_at is not None and journey.promised_at >= began


def _served(record: Record, began: float, _looked: Looked) -> float | None:
    return _first(record.answers, began, _is_service)


def _is_service(answer: Answer) -> bool:
    return answer.kind == "fine" and answer.who != "guesser"


def _ready(record: Record, began: float, _looked: Looked) -> float | None:
    """For good: of several web processes one may know before the others."""
    looks = [each for each in list(record.looks) if each.at >= began]
    last = max((each.at for each in looks if each.status != "ready"), default=began)
    first = _first(looks, last, lambda look: look.status == "ready")
    return first if first and looks[-1].at - first >= FOR_GOOD_SECONDS else None


DETECTED: Final = Milestone("detected", "fault", "/ready names it", _detected)
WEBHOOK: Final = Milestone(
    "alerted by webhook", "fault", "the webhook got the alert", _noticed("webhook", "firing")
)
MAIL: Final = Milestone(
    "alerted by mail", "fault", "the operator got the letter", _noticed("mail", "firing")
)
LETTERS: Final = Milestone(
    "mitigated: letters", "fault", "the first letter promised since has arrived", _letter
)
SERVED: Final = Milestone("mitigated: served", "repair", "somebody is served again", _served)
LETTERS_AGAIN: Final = Milestone(
    "mitigated: letters again", "repair", "the first letter promised since has arrived", _letter
)
RECOVERED: Final = Milestone("recovered", "repair", "/ready says ready", _ready)
RESOLVED_WEBHOOK: Final = Milestone(
    "resolved by webhook", "repair", "the webhook got the end", _noticed("webhook", "resolved")
)
RESOLVED_MAIL: Final = Milestone(
    "resolved by mail", "repair", "the operator got the end", _noticed("mail", "resolved")
)
ORDER: Final = (
    DETECTED,
    WEBHOOK,
    MAIL,
    LETTERS,
    SERVED,
    LETTERS_AGAIN,
    RECOVERED,
    RESOLVED_WEBHOOK,
    RESOLVED_MAIL,
)
