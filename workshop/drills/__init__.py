"""Every drill, in the order in which `all` takes them."""

from typing import Final

from workshop.drills.backup_restore import BACKUP_RESTORE
from workshop.drills.beat_stopped import BEAT_STOPPED
from workshop.drills.key_rotation import KEY_ROTATION
from workshop.drills.lockout_storm import LOCKOUT_STORM
from workshop.drills.mail_down import MAIL_DOWN
from workshop.drills.metrics_denied import METRICS_DENIED
from workshop.drills.postgres_frozen import POSTGRES_FROZEN
from workshop.drills.postgres_restart import POSTGRES_RESTART
from workshop.drills.redis_down import REDIS_DOWN
from workshop.drills.redis_flushed import REDIS_FLUSHED
from workshop.drills.redis_frozen import REDIS_FROZEN
from workshop.drills.worker_killed import WORKER_KILLED
from workshop.rehearsal.drill import Drill

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
