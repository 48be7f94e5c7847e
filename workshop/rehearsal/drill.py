"""What a drill is: a fault, how it is undone, and what must hold meanwhile, within which time."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from workshop.rehearsal import milestones as reached
from workshop.rehearsal.fitness import WINDOW_SECONDS
from workshop.rehearsal.stack import Stack
from workshop.rehearsal.verdict import Verdict

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


# What a drill needs that cannot be undone to a stack which others use.
OWN_STACK = "a stack of its own"


def proves_nothing_more(_stack: Stack, _yielded: Any) -> list[Verdict]:
    return []


@dataclass(frozen=True)
class Drill:
    """`fault` injects on its way in, and undoes on its way out whatever happens in between; where
    there is none, the stack knows how to break what is named so. `needs` is what has to be said of
    a stack that an operator names.

    `may_refuse`: 503 with `Retry-After` is an answer; `may_renew`: an access token may be refused
    for a while; `may_alert`: rules that fire where the machine is slow. `least` is how long the
    fault lasts, in seconds, even if all is reached. `proof` looks at what is particular to this
    drill, before it is undone, and is given what `fault` yields; `alone`: everybody leaves before.
    """

    name: str
    runbook: str
    injects: str
    undone: str
    expects: str
    within: Within
    fault: Callable[[Any], AbstractContextManager[Any]] | None = None
    needs: Collection[str] = ("inject", "undo")
    check: str | None = None
    alert: str | None = None
    may_alert: tuple[str, ...] = ()
    may_refuse: bool = False
    may_renew: bool = False
    alone: bool = False
    least: float = 5
    proof: Callable[[Any, Any], list[Verdict]] = proves_nothing_more

    def broken(self, stack: Stack) -> AbstractContextManager[Any]:
        return self.fault(stack) if self.fault else _broken(stack, self.name)

    @property
    def notices(self) -> list[str]:
        """What an operator may receive by each channel, each once."""
        rules = [self.alert, *self.may_alert] if self.alert else self.may_alert
        return [f"{state} {rule}" for rule in rules for state in ("firing", "resolved")]

    @property
    def bounds(self) -> Within:
        """In the order of an incident."""
        return {each: self.within[each] for each in reached.ORDER if each in self.within}

    @property
    def longest(self) -> float:
        """The seconds it takes if it keeps its bounds only just."""
        fault, repair = self.reaches("fault"), self.reaches("repair")
        return max([self.least, *fault.values()]) + max([0.0, *repair.values()])

    def reaches(self, since: reached.Since) -> Within:
        return {each: bound for each, bound in self.bounds.items() if each.since == since}


@contextmanager
def _broken(stack: Stack, drill: str) -> Iterator[None]:
    try:
        stack.inject(drill)
        yield
    finally:
        stack.undo(drill)
