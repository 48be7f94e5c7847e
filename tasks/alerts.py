"""Alerts: judged by what Postgres knows, and told to one target after the other."""

from uuid import UUID

from tasks.app import app
from tasks.context import services


@app.task(name="tasks.alerts.evaluate")
def evaluate() -> None:
    services().alerting.evaluation.evaluate()


@app.task(name="tasks.alerts.notify")
def notify(*promise_ids: str) -> None:
    services().promises.keep(*map(UUID, promise_ids))
