"""Single people, for what a drill has to prove beyond those who come and go."""

import time
from threading import Event

from workshop.rehearsal.people import GLANCE_SECONDS, Newcomer, Regular
from workshop.rehearsal.record import Record
from workshop.rehearsal.stack import Stack

# Longer than letters wait after a mail server that was away for a moment.
LETTER_SECONDS = 60.0


def join(stack: Stack, client: str = "10.3.0.1") -> Regular:
    """Somebody who has come in while nobody else is looked at."""
    witness = Regular(stack, Record(), "witness", client, Event())
    witness.settle()
    return witness


def register(stack: Stack) -> str:
    """The address of somebody new, who has not read the letter."""
    newcomer = Newcomer(stack, Record(), "witness", "10.3.0.4", Event())
    newcomer.insist("register", {"email": newcomer.email, "password": newcomer.password})
    return newcomer.email


def wait_for_letter(stack: Stack, email: str, path: str) -> str:
    """The token of the letter whose link leads there; nothing when it does not come."""
    deadline = time.monotonic() + LETTER_SECONDS
    while time.monotonic() < deadline:
        links = [link for each in stack.post.letters(to=email) for link in each.links]
        if found := next((link for link in links if path in link), ""):
            return found.partition("token=")[2]
        time.sleep(GLANCE_SECONDS)
    return ""
