"""Every drill, in the order in which `all` takes them."""

from typing import Final

from ostiary.runbook.drills.postgres_frozen import POSTGRES_FROZEN
from ostiary.runbook.drills.redis_down import REDIS_DOWN
from ostiary.runbook.rehearsal.drill import Drill

DRILLS: Final[tuple[Drill, ...]] = (
    REDIS_DOWN,
    POSTGRES_FROZEN,
)
BY_NAME: Final = {drill.name: drill for drill in DRILLS}
