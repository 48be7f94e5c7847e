"""A signing key leaks: it is gone at once, and everybody gets a token of the new one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from workshop.harness.errors import CannotStart
from workshop.rehearsal.drill import Drill
from workshop.rehearsal.milestones import RECOVERED, SERVED
from workshop.rehearsal.stack import Stack
from workshop.rehearsal.verdict import Verdict
from workshop.rehearsal.visitor import Visitor
from workshop.rehearsal.witnesses import join

# Enough to meet every web process.
LOOKS = 12


class Leaked(NamedTuple):
    """The keys there were, one that was only published among them, and what one has signed."""

    kids: set[str]
    access_token: str


@contextmanager
def leaked(stack: Stack) -> Iterator[Leaked]:
    _rotate(stack)
    before = Leaked(_listed(stack), join(stack).tokens["access_token"])
    _rotate(stack, "--emergency")
    yield before


def the_old_keys_are_gone(stack: Stack, before: Leaked) -> list[Verdict]:
    bearer = f"Bearer {before.access_token}"
    looks = [_look(stack, bearer) for _ in range(LOOKS)]
    published = Visitor(stack.door).ask("GET", "/.well-known/jwks.json").body.get("keys", [])
    kids = {key["kid"] for key in published}
    return [
        Verdict("keys missing after a planned rotation", max(0, 2 - len(before.kids)), 0),
        Verdict("old access tokens accepted", sum(each != 401 for each in looks), 0),
        Verdict("leaked keys still published", len(kids & before.kids), 0),
        Verdict("new keys not published", int(kids != _listed(stack)), 0),
    ]


def _look(stack: Stack, bearer: str) -> int:
    return Visitor(stack.door).ask("GET", "/v1/auth/me", Authorization=bearer).status


def _rotate(stack: Stack, *words: str) -> None:
    _keys(stack, "rotate", *words)


def _listed(stack: Stack) -> set[str]:
    return {key["kid"] for key in json.loads(_keys(stack, "list", "--json"))}


def _keys(stack: Stack, *words: str) -> str:
    done = stack.ostiary("keys", *words)
    if done.returncode:
        raise CannotStart(done.stderr)
    return done.stdout


KEY_ROTATION = Drill(
    name="key-rotation",
    runbook="key-leaked",
    injects="the keys are rotated as planned, and then at once, as after a leak",
    undone="nothing to undo; the new key stays",
    expects="Tokens of the old keys are refused within 15 s, and a refresh brings good ones.",
    fault=leaked,
    needs=(),
    within={SERVED: 10, RECOVERED: 10},
    may_renew=True,
    # Longer than a process goes on with the keys that it has read.
    least=12,
    proof=the_old_keys_are_gone,
)
