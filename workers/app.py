"""The composition root of `celery -A workers.app worker`, `beat` and `flower`."""

# isort: off
# Says where this process counts, and that has to be known before anything counts.
from workers.process import name as process, settings

# isort: on
import gc
from functools import partial

import structlog
from celery import signals

from ostiary.platform import tracing
from ostiary.platform.logs import configure_logs
from ostiary.services import Services, open_services
from tasks import context
from tasks.nudges import open_nudges
from workers.beat import BEAT_WAKES_EVERY, QuietBeat, Timekeeper
from workers.broker import bear_lost_connections
from workers.celery_logging import quieten
from workers.heartbeat import WorkerHeartbeat
from workers.metrics import WorkerMetrics
from workers.shutdown import Farewell
from workers.task_logging import keep_journal
from workers.timetable import beat_schedule
from workers.tracing import trace_tasks

configure_logs(process, settings.log_level)
quieten()
bear_lost_connections()

nudges = open_nudges(settings.redis_url)
app = nudges.app
vars(app)["Beat"] = app.subclass_with_self(QuietBeat)
app.steps["worker"] |= {WorkerHeartbeat, WorkerMetrics, Farewell}
app.Task.Request = "workers.requests:CountedRequest"
app.conf.worker_consumer = "workers.consumer:Consumer"
app.conf.update(
    worker_concurrency=settings.worker_concurrency,
    beat_schedule=beat_schedule(settings.schedule),
    beat_scheduler=partial(Timekeeper, publish=nudges.publish),
    beat_max_loop_interval=BEAT_WAKES_EVERY.total_seconds(),
)
keep_journal()
trace_tasks(process)
if process == "flower":
    from workers.flower import configure_flower

    configure_flower(settings)


def open_own_services() -> Services:
    return open_services(settings, nudge=nudges)


@signals.worker_before_create_process.connect
def _share_what_was_imported(**_: object) -> None:
    """A child that looks for garbage does not write on what it shares with its parent."""
    gc.collect()
    gc.freeze()


@signals.worker_process_init.connect
def _offer_services(**_: object) -> None:
    context.offer(open_own_services)


@signals.worker_process_shutdown.connect
@signals.worker_shutdown.connect
def _close_services(**_: object) -> None:
    nudges.close()
    context.close()
    tracing.stop()


_offer_services()
structlog.get_logger().info("process_starts")
