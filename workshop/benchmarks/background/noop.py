"""The least that Celery can do: a task that does nothing, with settings as they come."""

import os

from celery import Celery

QUEUE = "noop"

app = Celery("noop", broker=os.environ.get("REDIS_URL"))
app.conf.update(task_default_queue=QUEUE, task_ignore_result=True, worker_send_task_events=False)


@app.task(name="noop")
def noop() -> None:
    """Nothing."""
