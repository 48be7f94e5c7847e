"""Postgres is lost and restored from a backup that was taken under load."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from workshop.rehearsal.backup import back_up, restore
from workshop.rehearsal.drill import OWN_STACK, Drill
from workshop.rehearsal.milestones import RECOVERED
from workshop.rehearsal.own_stack import OwnStack
from workshop.rehearsal.people import Regular
from workshop.rehearsal.verdict import Verdict
from workshop.rehearsal.witnesses import join, register, wait_for_letter

NEW_PASSWORD = "two quiet lanterns"
GUESSES = 6


@dataclass
class Witnesses:
    """What the backup holds: an account, a lock, tokens nobody has used yet, a letter unsent."""

    owner: Regular
    locked: Regular
    reset_token: str
    unsent: str
    tokens: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = self.owner.tokens

    def use_tokens(self) -> None:
        """After the backup, which knows nothing of it."""
        self.owner.refresh(self.tokens)
        self.owner.ask("password/reset", self.reset)

    @property
    def reset(self) -> dict[str, Any]:
        return {"token": self.reset_token, "password": NEW_PASSWORD}


@contextmanager
def backed_up(stack: OwnStack) -> Iterator[Witnesses]:
    owner, locked = join(stack), join(stack, "10.3.0.2")
    for _ in range(GUESSES):
        locked.ask("login", {"email": locked.email, "password": NEW_PASSWORD})
    owner.ask("password/forgot", {"email": owner.email})
    reset_token = wait_for_letter(stack, owner.email, "/reset-password")
    stack.post.refuse()
    try:
        witnesses = Witnesses(owner, locked, reset_token, register(stack))
        back_up(stack)
    finally:
        stack.post.accept()
    wait_for_letter(stack, witnesses.unsent, "/verify-email")
    witnesses.use_tokens()
    yield witnesses


def all_is_there_and_nothing_used_is_good(stack: OwnStack, witnesses: Witnesses) -> list[Verdict]:
    stack.post.empty()
    seconds = restore(stack)
    owner, locked = witnesses.owner, witnesses.locked
    lock = locked.insist("login", {"email": locked.email, "password": locked.password})
    account = owner.insist("login", {"email": owner.email, "password": owner.password})
    refreshed = owner.ask("refresh", {"refresh_token": witnesses.tokens["refresh_token"]})
    reset = owner.ask("password/reset", witnesses.reset)
    audit = stack.ostiary("audit", "verify")
    return [
        Verdict("restored and serving after", seconds, 30, "s"),
        Verdict("accounts missing", int(account.status != 200), 0),
        Verdict("locks missing", int(lock.status != 429), 0),
        Verdict("unsent letters missing", int(not _arrives(stack, witnesses.unsent)), 0),
        Verdict("used refresh tokens accepted", int(refreshed.status != 401), 0),
        Verdict("used reset tokens accepted", int(reset.status != 400), 0),
        Verdict("audit found damaged", int(audit.returncode != 0), 0),
        Verdict("newcomers refused afterwards", int(not join(stack, "10.3.0.3").tokens), 0),
    ]


def _arrives(stack: OwnStack, email: str) -> bool:
    return bool(wait_for_letter(stack, email, "/verify-email"))


BACKUP_RESTORE = Drill(
    name="backup-restore",
    runbook="restore-from-backup",
    injects="a backup is taken under load; then the database is dropped and restored from it",
    undone="the restored database serves",
    expects="The backup disturbs nobody; all that it holds is there, and nothing used since is.",
    fault=backed_up,
    needs=(OWN_STACK,),
    within={RECOVERED: 10},
    # A dump, and a restore, that take longer than an alert.
    may_alert=("mail_server_unavailable", "postgres_unavailable"),
    alone=True,
    least=1,
    proof=all_is_there_and_nothing_used_is_good,
)
