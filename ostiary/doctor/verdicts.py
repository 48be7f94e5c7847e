"""Verdicts, in words: what was decided about an attempt, and by which rule."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ostiary.platform.database import Row
from ostiary.protection.attempts import JUDGED_WITHIN

REFUSALS = {
    "locked": "locked",
    "client_budget": "its client has guessed too often",
    "network_budget": "the network of its client has guessed too often",
    "waited_too_long": "those before it were not judged in time",
}

SETTLED = {
    "right": ("right", "judged by its secret"),
    "spent": ("wrong", "spent on a lock"),
    "forgiven": ("wrong", "forgiven by a right one from its client"),
    "pending": ("pending", "being judged"),
}


@dataclass(frozen=True)
class Verdicts:
    now: datetime
    window: timedelta

    def explain(self, attempt: Row) -> tuple[str, str]:
        """What was decided, and why that is so."""
        if attempt.verdict == "refused":
            return "refused", REFUSALS.get(attempt.rule, "no hash was free in time")
        if attempt.verdict == "wrong":
            return "wrong", self._counts(attempt.at)
        if attempt.verdict == "pending" and attempt.at <= self.now - JUDGED_WITHIN:
            return "lost", f"its process died; {self._counts(attempt.at)}"
        return SETTLED[attempt.verdict]

    def _counts(self, at: datetime) -> str:
        return "counts" if at > self.now - self.window else "too old to count"
