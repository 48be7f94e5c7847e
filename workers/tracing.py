"""OpenTelemetry for tasks: in the children that run them, and in beat, which asks for them."""

from functools import partial

from celery import signals

from ostiary.platform import tracing


def trace_tasks(process: str) -> None:
    """Where it is asked for, each child starts its own, for threads do not survive a fork."""
    begin = partial(_begin, process)
    signals.worker_process_init.connect(begin, weak=False)
    signals.beat_init.connect(begin, weak=False)


def _begin(process: str, **_: object) -> None:
    if tracing.start(process):
        from opentelemetry.instrumentation.celery import CeleryInstrumentor

        CeleryInstrumentor().instrument()
