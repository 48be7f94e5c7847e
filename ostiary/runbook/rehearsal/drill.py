"""What a drill is: a fault, how it is undone, and what must hold meanwhile, within which time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from ostiary.runbook.rehearsal import milestones as reached
from ostiary.runbook.rehearsal.stack import WINDOW_SECONDS, Stack
from ostiary.runbook.rehearsal.verdict import Verdict

Within = dict[reached.Milestone, float]

# The promises of the service about a dependency, and about one of its own processes, in seconds.
DEPENDENCY: Final[Within] = {
    reached.DETECTED: 10,
    reached.WEBHOOK: 30,
    reached.MAIL: 30,
    reached.RECOVERED: 10,
    reached.RESOLVED_WEBHOOK: 30,
    reached.RESOLVED_MAIL: 30,
}
PROCESS: Final[Within] = dict.fromkeys(DEPENDENCY, 60)
# What is counted within a window ends with the window.
COUNTED: Final[Within] = {
    reached.WEBHOOK: 30,
    reached.MAIL: 30,
    reached.RESOLVED_WEBHOOK: WINDOW_SECONDS + 30,
    reached.RESOLVED_MAIL: WINDOW_SECONDS + 30,
}


def proves_nothing_more(_stack: Stack, _yielded: Any) -> list[Verdict]:
    return []


@dataclass(frozen=True)
class Drill:
    """`fault` injects on its way in, and undoes on its way out whatever happens in between.

    `may_refuse`: 503 with `Retry-After` is an answer; `may_renew`: an access token may be refused
    for a while. `least` is how long the fault lasts, in seconds, even if all is reached. `proof`
    looks at what is particular to this drill, before it is undone, and is given what `fault`
    yields; `alone`: everybody leaves before.
    """

    name: str
    runbook: str
    injects: str
    undone: str
    expects: str
    fault: Callable[[Stack], AbstractContextManager[Any]]
    within: Within
    check: str | None = None
    alert: str | None = None
    may_refuse: bool = False
    may_renew: bool = False
    alone: bool = False
    least: float = 5
    proof: Callable[[Stack, Any], list[Verdict]] = proves_nothing_more

    @property
    def notices(self) -> list[str]:
        """What an operator receives by each channel, each once."""
        return [f"firing {self.alert}", f"resolved {self.alert}"] if self.alert else []

    @property
    def bounds(self) -> Within:
        """In the order of an incident."""
        return {each: self.within[each] for each in reached.ORDER if each in self.within}

    def reaches(self, since: reached.Since) -> Within:
        return {each: bound for each, bound in self.bounds.items() if each.since == since}
