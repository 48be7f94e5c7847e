"""The timeline of a report as shapes: where each begins, how wide it is, and what it says."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

LEFT: Final = 170.0
WIDTH: Final = 620.0
RIGHT: Final = 150.0
ROW: Final = 22.0
TALL: Final = 60.0
TOP: Final = 26.0
TICKS: Final = (1, 2, 5, 10, 15, 30, 60)
MOST_TICKS: Final = 12
STRIPES: Final = 4


class Spell(NamedTuple):
    """In seconds."""

    began: float
    ended: float


class Place(NamedTuple):
    y: float
    height: float


class Shape(NamedTuple):
    kind: str
    x: float
    y: float
    width: float
    height: float
    says: str


class Word(NamedTuple):
    kind: str
    x: float
    y: float
    says: str


class Picture:
    """Lanes from the top: what `/ready` says, answers, letters, then a row a milestone."""

    def __init__(self, timeline: dict[str, Any]) -> None:
        self._line = timeline
        self._began: float = timeline["began"]
        self._ended: float = max(timeline["ended"], self._began + 1)
        self.rows = TOP + ROW + TALL + ROW
        self.height = self.rows + 8 + ROW * len(timeline["milestones"]) + 24
        self.width = LEFT + WIDTH + RIGHT
        repair = timeline["repair"] if timeline["repair"] is not None else self._ended
        self.fault = self._span(
            "fault", Spell(0, repair), Place(TOP - 8, self.height - 40), "the fault"
        )
        self.shapes = [*self._ready(), *self._answers(), *self._letters(), *self._milestones()]
        self.words = [*self._names(), *self._figures()]
        self.ticks = list(self._ticks())
        self.bounds = list(self._bounds())

    def _x(self, second: float) -> float:
        share = (second - self._began) / (self._ended - self._began)
        return round(LEFT + WIDTH * min(max(share, 0), 1), 1)

    def _span(self, kind: str, spell: Spell, place: Place, says: str) -> Shape:
        x = self._x(spell.began)
        return Shape(kind, x, place.y, round(self._x(spell.ended) - x, 1), place.height, says)

    def _ready(self) -> Iterator[Shape]:
        spells = self._line["ready"]
        ends = [each["began"] for each in spells[1:]] + [self._ended]
        for spell, end in zip(spells, ends, strict=False):
            says = f"{spell['status']} from {spell['began']} s to {end} s"
            place = Place(TOP + 3, ROW - 8)
            yield self._span(spell["status"], Spell(spell["began"], end), place, says)

    def _answers(self) -> Iterator[Shape]:
        kinds = ("fine", "later", "renew", "failed")
        most = max((sum(each[kind] for kind in kinds) for each in self._line["answers"]), default=1)
        for each in self._line["answers"]:
            floor = TOP + ROW + TALL - 4
            for kind in kinds:
                height = (TALL - 10) * each[kind] / most
                floor -= height
                if height:
                    says = f"second {each['second']}: {each[kind]} {kind}"
                    place = Place(round(floor, 1), round(height, 1))
                    yield self._span(kind, Spell(each["second"], each["second"] + 0.9), place, says)

    def _letters(self) -> Iterator[Shape]:
        """Side by side, so that those that wait together can be told apart."""
        for number, each in enumerate(self._line["letters"]):
            arrived = each["arrived"] if each["arrived"] is not None else self._ended
            says = f"promised at {each['promised']} s, arrived at {each['arrived']} s"
            place = Place(TOP + ROW + TALL + 2 + number % STRIPES * 4, 3)
            shape = self._span("letter", Spell(each["promised"], arrived), place, says)
            yield shape._replace(width=max(shape.width, 2.0))

    def _milestones(self) -> Iterator[Shape]:
        for y, each in self._placed():
            if each["seconds"] is not None:
                since = self._since(each)
                kind = "kept" if each["seconds"] <= each["bound"] else "missed"
                spell = Spell(since, since + each["seconds"])
                yield self._span(kind, spell, Place(y + 5, ROW - 11), each["means"])

    def _bounds(self) -> Iterator[Shape]:
        for y, each in self._placed():
            bound = self._since(each) + each["bound"]
            if bound <= self._ended:
                yield Shape("bound", self._x(bound), y + 2, 0, ROW - 5, f"bound {each['bound']} s")

    def _placed(self) -> Iterator[tuple[float, dict[str, Any]]]:
        for number, each in enumerate(self._line["milestones"]):
            yield self.rows + 8 + ROW * number, each

    def _since(self, milestone: dict[str, Any]) -> float:
        repair = self._line["repair"]
        return 0.0 if milestone["since"] == "fault" or repair is None else repair

    def _names(self) -> Iterator[Word]:
        lanes = (("/ready", TOP + 14), ("answers", TOP + ROW + 34), ("letters", self.rows - 8))
        for name, y in lanes:
            yield Word("name", LEFT - 10, y, name)
        for y, each in self._placed():
            yield Word("name", LEFT - 10, y + 15, each["name"])

    def _figures(self) -> Iterator[Word]:
        for y, each in self._placed():
            seconds = "never" if each["seconds"] is None else f"{each['seconds']:.1f} s"
            says = f"{seconds} of {each['bound']:g} s"
            yield Word("figure", LEFT + WIDTH + 10, y + 15, says)

    def _ticks(self) -> Iterator[Word]:
        length = self._ended - self._began
        step = next((each for each in TICKS if length / each <= MOST_TICKS), 120)
        first = -int(-self._began // step) * step
        for second in range(first, int(self._ended) + 1, step):
            yield Word("tick", self._x(second), self.height - 8, f"{second} s")
