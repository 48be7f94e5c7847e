"""Somebody guesses at many addresses: each is locked, the operator is told, others get in."""

from contextlib import AbstractContextManager
from itertools import count

from ostiary.platform.identifiers import new_id, new_token
from workshop.rehearsal.drill import COUNTED, Drill
from workshop.rehearsal.milestones import LETTERS
from workshop.rehearsal.repetition import repeated
from workshop.rehearsal.stack import Stack
from workshop.rehearsal.visitor import Visitor

ADDRESSES = 12
PAUSE_SECONDS = 0.02


def storm(stack: Stack) -> AbstractContextManager[None]:
    """Nobody's addresses, which behave as any other; each guess from another client."""
    addresses = [f"{new_id()}@example.com" for _ in range(ADDRESSES)]
    numbers = count()

    def guess() -> None:
        number = next(numbers)
        client = f"10.77.{number >> 8 & 255}.{number & 255}"
        body = {"email": addresses[number % ADDRESSES], "password": new_token()}
        Visitor(stack.door, client).ask("POST", "/v1/auth/login", body)

    return repeated(guess, pause=PAUSE_SECONDS)


LOCKOUT_STORM = Drill(
    name="lockout-storm",
    runbook="lockout-surge",
    injects=f"one guess after the other at {ADDRESSES} addresses, each from another client",
    undone="nobody guesses any more",
    expects="Owners on known devices and newcomers get in; five guesses an address.",
    fault=storm,
    needs=(),
    alert="lockout_surge",
    within=COUNTED | {LETTERS: 10},
)
