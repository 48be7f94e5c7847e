"""The Celery application: how background work is asked for, routed and bounded."""

from datetime import timedelta

from celery import Celery
from kombu import Queue

from ostiary.errors import Unavailable
from ostiary.platform.sentinels import Sentinels
from ostiary.watch.queues import QUEUES

ROUTES = {
    "tasks.mail.*": "mail",
    "tasks.sweeps.*": "sweeps",
    "tasks.outbox.*": "sweeps",
    "tasks.keys.*": "sweeps",
    "tasks.checks.*": "checks",
    "tasks.alerts.*": "alerts",
}
# A delivery may take twenty seconds, and a lease lasts thirty.
SOFT_LIMIT = timedelta(seconds=24)
HARD_LIMIT = timedelta(seconds=27)
REDELIVERY_AFTER = timedelta(seconds=60)

TRANSPORT = {
    "socket_timeout": 1.0,
    "socket_connect_timeout": 0.5,
    "socket_keepalive": True,
    "max_retries": 0,
    "visibility_timeout": REDELIVERY_AFTER.total_seconds(),
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
SENTINELS = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}

app = Celery("ostiary")
app.conf.update(
    include=[
        "tasks.mail",
        "tasks.outbox",
        "tasks.sweeps",
        "tasks.checks",
        "tasks.alerts",
        "tasks.keys",
    ],
    enable_utc=True,
    timezone="UTC",
    # Ids travel as JSON, and nobody waits for an answer.
    accept_content=["json"],
    task_serializer="json",
    event_serializer="json",
    result_backend=None,
    result_expires=None,
    task_ignore_result=True,
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="sweeps",
    task_create_missing_queues=False,
    task_routes={pattern: {"queue": queue} for pattern, queue in ROUTES.items()},
    task_publish_retry=False,
    # A dependency that is away is nothing to print a traceback for.
    task_annotations={"*": {"throws": (Unavailable,)}},
    task_soft_time_limit=SOFT_LIMIT.total_seconds(),
    task_time_limit=HARD_LIMIT.total_seconds(),
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_disable_prefetch=True,
    worker_prefetch_multiplier=1,
    # A letter on its way is worth more than the acknowledgement that a lost broker cannot take.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_transport_options=TRANSPORT,
    broker_connection_timeout=0.5,
    broker_connection_max_retries=None,
    broker_connection_retry_on_startup=True,
    broker_channel_error_retry=True,
    worker_send_task_events=True,
    # Flower learns a task's name from the worker that receives it.
    task_send_sent_event=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)


def use_broker(url: str) -> Celery:
    """Names the broker; nothing connects before the first message."""
    app.conf.update(broker_url=url, broker_transport_options=TRANSPORT)
    if sentinels := Sentinels.find(url):
        named = TRANSPORT | {"master_name": sentinels.master, "sentinel_kwargs": SENTINELS}
        app.conf.update(broker_url=sentinels.broker_url, broker_transport_options=named)
    return app
