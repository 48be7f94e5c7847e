"""One stack on which one drill is rehearsed after the other, as they are ordered."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from ostiary.platform.clock import Clock, system_clock
from ostiary.platform.signals import Stopped, stoppable
from workshop.harness.errors import CannotStart
from workshop.rehearsal.drill import Drill
from workshop.rehearsal.runner import Findings, Rehearsal
from workshop.rehearsal.stack import Opening, Stack


@dataclass
class Lane:
    drills: Mapping[str, Drill]
    open_stack: Opening
    say: Callable[[str], None]
    now: Clock = system_clock
    _drill: str = ""
    _stack: Stack | None = None

    def follow(self, orders: Connection) -> None:
        """Answers each name with its findings, or with why there are none, until there is no name.

        A signal ends it, after the fault is undone and the stack is gone.
        """
        with suppress(Stopped, EOFError), stoppable(self._hurry) as end:
            try:
                self._follow(orders)
            except CannotStart as problem:
                orders.send(problem)
            finally:
                end()

    def _follow(self, orders: Connection) -> None:
        names = self._ordered(orders)
        first = next(names)
        with self.open_stack(self._tell) as self._stack:
            orders.send(self._rehearse(first, self._stack))
            for name in names:
                orders.send(self._rehearse(name, self._stack))

    def _ordered(self, orders: Connection) -> Iterator[str]:
        while name := orders.recv():
            self._drill = name
            yield name

    def _rehearse(self, name: str, stack: Stack) -> Findings:
        return Rehearsal(self.drills[name], stack, self._tell, self.now).run()

    def _tell(self, line: str) -> None:
        width = max(len(name) for name in self.drills)
        self.say(f"{self._drill:{width}}  {line}")

    def _hurry(self) -> None:
        if self._stack:
            self._stack.kill()
