"""The rotation of signing keys, by age."""

from tasks.app import app
from tasks.context import services


@app.task(name="tasks.keys.rotate_if_due")
def rotate_if_due() -> None:
    services().keys.rotate_if_due()
