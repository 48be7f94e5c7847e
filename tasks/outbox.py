"""The relay: nudges the workers about promises whose first nudge was lost or came to nothing."""

from tasks.app import app
from tasks.context import services


@app.task(name="tasks.outbox.relay")
def relay() -> None:
    services().outbox.nudge_due()
