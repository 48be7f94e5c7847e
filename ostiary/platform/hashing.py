"""Password hashing: argon2id (RFC 9106), a bounded number of hashes at once."""

import math
import os
import sys
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import get_native_id
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from ostiary.errors import Overloaded
from ostiary.platform.argon2id import PREFIX, hasher_of
from ostiary.platform.identifiers import new_token
from ostiary.platform.settings import Argon2Cost
from ostiary.platform.settings.machine import usable_cores

T = TypeVar("T")

LONGEST_PASSWORD = 128
# NFKC takes quadratic time; four code points can become one, hardly ever more.
LONGEST_INPUT = 4 * LONGEST_PASSWORD
NICE = 5
_TO_STANDARD_BASE64 = str.maketrans("-_", "+/")


def normalise(password: str) -> str:
    """The NFKC form; a text far too long to be a password is returned as it is."""
    if len(password) > LONGEST_INPUT:
        return password
    return unicodedata.normalize("NFKC", password)


@dataclass(frozen=True)
class Hashing:
    """Every method may raise `Overloaded` when none of the `threads` begins within `patience`."""

    hasher: PasswordHasher
    threads: ThreadPoolExecutor
    patience: timedelta = timedelta(seconds=2)
    decoy: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decoy", _decoy(self.hasher))

    def hash(self, password: str) -> str:
        return self._in_turn(lambda: self.hasher.hash(normalise(password)))

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Takes the same time for an account that does not exist (`None`)."""
        is_right = self._in_turn(lambda: self._verify(password_hash or self.decoy, password))
        return is_right and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        return self.hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self.hasher.verify(password_hash, normalise(password))
        except VerificationError:
            return False

    def _in_turn(self, work: Callable[[], T]) -> T:
        begun = self.threads.submit(work)
        try:
            return begun.result(self.patience.total_seconds())
        except TimeoutError:
            if begun.cancel():
                raise Overloaded from None
            return begun.result()


def _decoy(hasher: PasswordHasher) -> str:
    """As dear to verify as a hash, but of no password: so that none has to be made at the start."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, nothing = "A" * 22, new_token().translate(_TO_STANDARD_BASE64)
    return f"{PREFIX}{cost}${salt}${nothing}"


def open_hashing(cost: Argon2Cost, *, processes: int) -> Hashing:
    """As many at once as this process has cores, if so many processes share them.

    More would not be done sooner, and would hold up whoever needs a core for a moment. In threads
    of their own, for malloc keeps the memory of a hash for every thread that ever made one.
    """
    at_once = math.ceil(usable_cores() / processes)
    return Hashing(hasher_of(cost), ThreadPoolExecutor(at_once, "hashing", _give_way))


def _give_way() -> None:
    """A hash takes long enough anyway, and everybody else needs a core for a moment only.

    On Linux alone a thread has a priority of its own, and where it may not be lowered, it stays.
    """
    if sys.platform == "linux":
        thread = os.PRIO_PROCESS, get_native_id()
        with suppress(OSError):
            os.setpriority(*thread, os.getpriority(*thread) + NICE)
