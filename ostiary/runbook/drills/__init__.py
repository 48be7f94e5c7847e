"""Every drill, in the order in which `all` takes them."""

from typing import Final

from ostiary.runbook.drills.backup_restore import BACKUP_RESTORE
from ostiary.runbook.drills.beat_stopped import BEAT_STOPPED
from ostiary.runbook.drills.key_rotation import KEY_ROTATION
from ostiary.runbook.drills.lockout_storm import LOCKOUT_STORM
from ostiary.runbook.drills.mail_down import MAIL_DOWN
from ostiary.runbook.drills.metrics_denied import METRICS_DENIED
from ostiary.runbook.drills.postgres_frozen import POSTGRES_FROZEN
from ostiary.runbook.drills.postgres_restart import POSTGRES_RESTART
from ostiary.runbook.drills.redis_down import REDIS_DOWN
from ostiary.runbook.drills.redis_flushed import REDIS_FLUSHED
from ostiary.runbook.drills.redis_frozen import REDIS_FROZEN
from ostiary.runbook.drills.worker_killed import WORKER_KILLED
from ostiary.runbook.rehearsal.drill import Drill

DRILLS: Final[tuple[Drill, ...]] = (
    REDIS_DOWN,
    REDIS_FROZEN,
    REDIS_FLUSHED,
    POSTGRES_RESTART,
    POSTGRES_FROZEN,
    MAIL_DOWN,
    WORKER_KILLED,
    BEAT_STOPPED,
    LOCKOUT_STORM,
    METRICS_DENIED,
    KEY_ROTATION,
    BACKUP_RESTORE,
)
BY_NAME: Final = {drill.name: drill for drill in DRILLS}
