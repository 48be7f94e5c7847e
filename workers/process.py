"""What this process is called, how it is configured, and in which folder its children count."""

import atexit
import os
import sys

from ostiary.platform.settings import settings_or_exit
from ostiary.platform.tallies.folder import open_folder, remove_folder

name = next((word for word in sys.argv if word in ("worker", "beat", "flower")), "celery")
settings = settings_or_exit(name)
counts = (
    open_folder()
    if name == "worker" and settings.metrics_enabled and settings.worker_metrics_port
    else None
)


@atexit.register
def _tidy(opened_by: int = os.getpid()) -> None:
    if counts and os.getpid() == opened_by:
        remove_folder(counts)
