"""What a drill found, as one document: the verdicts, and when what happened."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, get_args

from workshop.rehearsal.drill import Drill
from workshop.rehearsal.milestones import Looked
from workshop.rehearsal.record import Answer, Kind, Record
from workshop.rehearsal.verdict import Verdict

KINDS = get_args(Kind)


@dataclass(frozen=True)
class Report:
    """Seconds count from the fault on."""

    drill: Drill
    record: Record
    verdicts: Sequence[Verdict]
    began_at: datetime

    @property
    def is_kept(self) -> bool:
        return all(each.is_kept for each in self.verdicts)

    @property
    def missed(self) -> list[Verdict]:
        return [each for each in self.verdicts if not each.is_kept]

    def as_json(self) -> dict[str, Any]:
        drill = self.drill
        return {
            "drill": drill.name,
            "kept": self.is_kept,
            "began_at": self.began_at.astimezone(UTC).isoformat(timespec="seconds"),
            "injects": drill.injects,
            "undone": drill.undone,
            "expects": drill.expects,
            "runbook": f"/docs/runbook#{drill.runbook}",
            "verdicts": [each.as_json() for each in self.verdicts],
            "failed": self._failed(),
            "timeline": self._timeline(),
        }

    def _failed(self) -> list[dict[str, Any]]:
        """Each answer nobody should get."""
        return [
            {"who": each.who, "asked": each.asked, "at": self._second(each.at)}
            | {"status": each.status, "seconds": _rounded(each.seconds)}
            for each in self.record.answers
            if each.kind == "failed"
        ]

    def _timeline(self) -> dict[str, Any]:
        answers = self.record.answers
        moments = [*(each.at for each in answers), *(each.at for each in self.record.looks)]
        return {
            "began": self._second(min(moments, default=self._fault_at)),
            "ended": self._second(max(moments, default=self._fault_at)),
            "repair": self._second(self.record.repair_at),
            "milestones": self._milestones(),
            "ready": self._ready(),
            "answers": self._answers(answers),
            "letters": [
                {
                    "promised": self._second(each.promised_at),
                    "arrived": self._second(each.letter_at),
                }
                for each in self.record.journeys
                if each.promised_at
            ],
        }

    def _milestones(self) -> list[dict[str, Any]]:
        drill, looked = self.drill, Looked(self.drill.check, self.drill.alert)
        return [
            {
                "name": each.name,
                "since": each.since,
                "means": each.means,
                "seconds": _rounded(each.seconds(self.record, looked)),
                "bound": bound,
            }
            for each, bound in drill.bounds.items()
        ]

    def _ready(self) -> list[dict[str, Any]]:
        """How long it said what."""
        spells = []
        for status, looks in groupby(self.record.looks, key=lambda look: look.status):
            moments = [each.at for each in looks]
            spells.append({"status": status, "began": self._second(moments[0])})
        return spells

    def _answers(self, answers: list[Answer]) -> list[dict[str, Any]]:
        """Counted by the second in which they were asked for."""
        counted = Counter((int((each.at - self._fault_at) // 1), each.kind) for each in answers)
        seconds = sorted({second for second, _ in counted})
        return [
            {"second": each} | {kind: counted[each, kind] for kind in KINDS} for each in seconds
        ]

    @property
    def _fault_at(self) -> float:
        return self.record.fault_at or 0.0

    def _second(self, moment: float | None) -> float | None:
        return None if moment is None else _rounded(moment - self._fault_at)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
