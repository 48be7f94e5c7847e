"""Sweeps: what is over is tidied away."""

from tasks.app import app
from tasks.context import services


@app.task(name="tasks.sweeps.expire_lockouts")
def expire_lockouts() -> None:
    services().protection.lockouts.expire()


@app.task(name="tasks.sweeps.expire_sessions")
def expire_sessions() -> None:
    services().expiry.expire_sessions()


@app.task(name="tasks.sweeps.expire_tokens")
def expire_tokens() -> None:
    services().accounts.tokens.expire()


@app.task(name="tasks.sweeps.prune_history")
def prune_history() -> None:
    services().history.prune()
