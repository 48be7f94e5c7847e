"""The periodic readiness check, which keeps a history."""

from tasks.app import app
from tasks.context import services


@app.task(name="tasks.checks.check_readiness")
def check_readiness() -> None:
    services().records.record()
