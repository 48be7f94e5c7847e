"""Somebody guesses at many addresses: each is locked, the operator is told, others get in."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread

from ostiary.platform.chance import new_id, new_token
from ostiary.runbook.rehearsal.drill import COUNTED, Drill
from ostiary.runbook.rehearsal.milestones import LETTERS
from ostiary.runbook.rehearsal.stack import Stack
from ostiary.runbook.rehearsal.visitor import Visitor

ADDRESSES = 12


@contextmanager
def storm(stack: Stack) -> Iterator[None]:
    over = Event()
    guessing = Thread(target=_guess, args=(stack, over), daemon=True)
    guessing.start()
    try:
        yield
    finally:
        over.set()
        guessing.join()


def _guess(stack: Stack, over: Event) -> None:
    """Nobody's addresses, which behave as any other; each guess from another client."""
    addresses = [f"{new_id()}@example.com" for _ in range(ADDRESSES)]
    for number in count():
        client = f"10.77.{number >> 8 & 255}.{number & 255}"
        guess = {"email": addresses[number % ADDRESSES], "password": new_token()}
        Visitor(stack.port, client).ask("POST", "/v1/auth/login", guess)
        if over.wait(0.02):
            return


LOCKOUT_STORM = Drill(
    name="lockout-storm",
    runbook="lockout-surge",
    injects=f"one guess after the other at {ADDRESSES} addresses, each from another client",
    undone="nobody guesses any more",
    expects="Owners on known devices and newcomers get in; five guesses an address.",
    fault=storm,
    alert="lockout_surge",
    within=COUNTED | {LETTERS: 10},
)
