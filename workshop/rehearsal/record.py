"""What was seen during a drill, by whom and when; every `at` is a monotonic clock's second."""

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

Kind = Literal["fine", "later", "renew", "failed"]
Channel = Literal["webhook", "mail"]
CHANNELS: Final[tuple[Channel, ...]] = ("webhook", "mail")


class Answer(NamedTuple):
    """`later`: a 503 or 429 that says when to come again; `renew`: an access token was refused."""

    who: str
    asked: str
    at: float
    seconds: float
    status: int
    kind: Kind


class Look(NamedTuple):
    at: float
    status: str
    checks: dict[str, str]


class Notice(NamedTuple):
    """`line` is such as `firing redis_unavailable`."""

    at: float
    channel: Channel
    line: str


@dataclass
class Journey:
    """Somebody new, from the registration to the first refresh.

    `promised_at` is when they asked: a letter that was asked for before a worker was killed may be
    in its hands, and its lease has to end first.
    """

    email: str
    promised_at: float | None = None
    letter_at: float | None = None
    is_complete: bool = False


@dataclass
class Record:
    """Written by many threads, each of which only appends."""

    answers: list[Answer] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    journeys: list[Journey] = field(default_factory=list)
    fault_at: float | None = None
    repair_at: float | None = None

    def lines(self, channel: Channel) -> list[str]:
        return [each.line for each in self.notices if each.channel == channel]

    def during_fault(self) -> list[Answer]:
        return [each for each in self.answers if _is_within(each.at, self.fault_at, self.repair_at)]

    def before_fault(self) -> list[Answer]:
        return [each for each in self.answers if self.fault_at and each.at < self.fault_at]


def _is_within(at: float, began: float | None, ended: float | None) -> bool:
    return began is not None and began <= at and (ended is None or at < ended)
