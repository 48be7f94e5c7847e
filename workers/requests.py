"""The main process's view of a task: it alone sees that a pool process did not survive one."""

from typing import Any

from celery.exceptions import WorkerLostError
from celery.worker.request import Request

from ostiary.platform import metrics


class CountedRequest(Request):
    """Counts the ends that the pool process could not count itself."""

    def on_failure(self, exc_info: Any, *args: Any, **options: Any) -> None:
        if isinstance(exc_info.exception, WorkerLostError):
            metrics.tasks.add(str(self.name), "lost")
        super().on_failure(exc_info, *args, **options)

    def on_timeout(self, soft: bool, timeout: float) -> None:  # noqa: FBT001
        if not soft:
            metrics.tasks.add(str(self.name), "failed")
        super().on_timeout(soft, timeout)
