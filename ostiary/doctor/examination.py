"""One look at one subject, in a thread of its own, which nobody waits for beyond a deadline."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Thread

import structlog

from ostiary.doctor.finding import Seen
from ostiary.doctor.site import Site
from ostiary.errors import Unavailable

log = structlog.get_logger()

Look = Callable[[Site], Iterable[Seen]]
NO_ANSWER = "no answer in time"


class Unseen(Exception):
    """Why something could not be looked at, in words for the operator."""


@dataclass
class Examination:
    """What was seen before a look failed, or was given up, counts."""

    subject: str
    look: Look
    seen: list[Seen] = field(default_factory=list)
    problem: str | None = NO_ANSWER
    _thread: Thread | None = None

    def start(self, site: Site) -> None:
        self._thread = Thread(target=self._run, args=(site,), name=self.subject, daemon=True)
        self._thread.start()

    def wait(self, *, until: float) -> None:
        """At most until that moment of the monotonic clock."""
        if self._thread:
            self._thread.join(max(0.0, until - time.monotonic()))

    def _run(self, site: Site) -> None:
        try:
            for each in self.look(site):
                self.seen.append(each)
            self.problem = None
        except Unseen as reason:
            self.problem = str(reason)
        except Unavailable:
            self.problem = "Postgres did not answer"
        except Exception as error:
            log.exception("look_failed", look=self.subject)
            self.problem = f"the look failed: {type(error).__name__}"
