"""What a record says about the promises: every milestone in time, and nobody worse off."""

from collections import Counter
from collections.abc import Iterator
from statistics import median

from workshop.rehearsal.drill import Drill
from workshop.rehearsal.fitness import GUESSES
from workshop.rehearsal.milestones import Looked
from workshop.rehearsal.record import CHANNELS, Answer, Channel, Record
from workshop.rehearsal.verdict import Verdict

SLOWER_SECONDS = 0.25
REFUSED_WITHIN_SECONDS = 3.0
RENEWED_WITHIN_SECONDS = 15.0


def judge(drill: Drill, record: Record) -> Iterator[Verdict]:
    """The bounds of the drill first, then what holds in every drill."""
    looked = Looked(drill.check, drill.alert)
    for milestone, bound in drill.bounds.items():
        yield Verdict(milestone.name, milestone.seconds(record, looked), bound, "s")
    yield Verdict("answers that failed", _count(record, "failed"), 0)
    yield from _refusals(record) if drill.may_refuse else _nothing_noticed(record)
    yield _renewals(drill, record)
    yield Verdict("promised letters that never came", _letterless(record), 0)
    yield Verdict("newcomers who did not get in", _outside(record), 0)
    yield Verdict("guesses judged at one address", _guesses(record), GUESSES)
    for channel in CHANNELS:
        yield Verdict(f"wrong notices by {channel}", len(wrong_notices(drill, record, channel)), 0)


def wrong_notices(drill: Drill, record: Record, channel: Channel) -> list[str]:
    """Twice, about something else, or in vain."""
    return [*(Counter(record.lines(channel)) - Counter(drill.notices)).elements()]


def _refusals(record: Record) -> Iterator[Verdict]:
    slowest = max((each.seconds for each in record.answers if each.kind == "later"), default=0.0)
    yield Verdict("slowest 503", slowest, REFUSED_WITHIN_SECONDS, "s")


def _nothing_noticed(record: Record) -> Iterator[Verdict]:
    slower = _usual(record.during_fault()) - _usual(record.before_fault())
    yield Verdict("answers to come again", _count(record, "later"), 0)
    yield Verdict("median answer slower by", max(0.0, slower), SLOWER_SECONDS, "s")


def _renewals(drill: Drill, record: Record) -> Verdict:
    refused = [each.at for each in record.answers if each.kind == "renew"]
    if not drill.may_renew:
        return Verdict("access tokens refused", len(refused), 0)
    lasted = max(refused) - min(refused) if refused else 0.0
    return Verdict("access tokens refused for", lasted, RENEWED_WITHIN_SECONDS, "s")


def _count(record: Record, kind: str) -> int:
    return sum(each.kind == kind for each in record.answers)


def _usual(answers: list[Answer]) -> float:
    return median([each.seconds for each in answers] or [0.0])


def _letterless(record: Record) -> int:
    return sum(bool(each.promised_at) and not each.letter_at for each in record.journeys)


def _outside(record: Record) -> int:
    return sum(not each.is_complete for each in record.journeys)


def _guesses(record: Record) -> int:
    """A guess that was never answered may have been judged, too."""
    return sum(each.who == "guesser" and each.status in {0, 401} for each in record.answers)
