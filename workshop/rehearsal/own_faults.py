"""How a drill's own stack is broken, and how it is mended."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from workshop.rehearsal.own_stack import OwnStack


def _nothing() -> None:
    """Is left to mend."""


class Fault(NamedTuple):
    inject: Callable[[], object]
    undo: Callable[[], object] = _nothing


def faults_of(stack: "OwnStack") -> dict[str, Fault]:
    """By the drill."""
    postgres, redis, mailbox = stack.postgres, stack.redis, stack.post
    kill, stop, start = stack.processes.kill, stack.processes.stop, stack.processes.start
    return {
        "redis-down": Fault(redis.kill, redis.restart),
        "redis-frozen": Fault(redis.freeze, redis.thaw),
        "redis-flushed": Fault(lambda: redis.client().flushall()),
        "postgres-restart": Fault(postgres.stop, postgres.restart),
        "postgres-frozen": Fault(postgres.freeze, postgres.thaw),
        "mail-down": Fault(mailbox.refuse, mailbox.accept),
        "worker-killed": Fault(lambda: kill("worker"), lambda: start("worker")),
        "beat-stopped": Fault(lambda: stop("beat"), lambda: start("beat")),
    }
