"""Letters: one task per kind, so that Flower and the metrics name the work."""

from uuid import UUID

from tasks.app import app
from tasks.context import services


@app.task(name="tasks.mail.send_verification_email")
def send_verification_email(*promise_ids: str) -> None:
    services().promises.keep(*map(UUID, promise_ids))


@app.task(name="tasks.mail.send_lockout_email")
def send_lockout_email(*promise_ids: str) -> None:
    services().promises.keep(*map(UUID, promise_ids))


@app.task(name="tasks.mail.send_password_reset_email")
def send_password_reset_email(*promise_ids: str) -> None:
    services().promises.keep(*map(UUID, promise_ids))


@app.task(name="tasks.mail.send_password_changed_email")
def send_password_changed_email(*promise_ids: str) -> None:
    services().promises.keep(*map(UUID, promise_ids))


@app.task(name="tasks.mail.send_new_device_email")
def send_new_device_email(*promise_ids: str) -> None:
    services().promises.keep(*map(UUID, promise_ids))


@app.task(name="tasks.mail.send_already_registered_email")
def send_already_registered_email(*promise_ids: str) -> None:
    services().promises.keep(*map(UUID, promise_ids))


@app.task(name="tasks.mail.send_invitation_email")
def send_invitation_email(*promise_ids: str) -> None:
    services().promises.keep(*map(UUID, promise_ids))
