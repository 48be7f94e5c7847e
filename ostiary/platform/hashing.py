"""Password hashing: argon2id (RFC 9106), a bounded number of hashes at once."""

import math
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from ostiary.errors import Overloaded
from ostiary.platform.argon2id import PREFIX, hasher_of, share_memory
from ostiary.platform.chance import new_token
from ostiary.platform.settings import Argon2Cost
from ostiary.platform.settings.machine import usable_cores

LONGEST_PASSWORD = 128
# NFKC takes quadratic time; four code points can become one, hardly ever more.
LONGEST_INPUT = 4 * LONGEST_PASSWORD
_TO_STANDARD_BASE64 = str.maketrans("-_", "+/")


def normalise(password: str) -> str:
    """The NFKC form; a text far too long to be a password is returned as it is."""
    if len(password) > LONGEST_INPUT:
        return password
    return unicodedata.normalize("NFKC", password)


@dataclass(frozen=True)
class Hashing:
    """Every method may raise `Overloaded` when no slot becomes free within `patience`."""

    hasher: PasswordHasher
    slots: BoundedSemaphore
    patience: timedelta = timedelta(seconds=2)
    decoy: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decoy", _decoy(self.hasher))

    def hash(self, password: str) -> str:
        with self._slot():
            return self.hasher.hash(normalise(password))

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Takes the same time for an account that does not exist (`None`)."""
        with self._slot():
            try:
                self.hasher.verify(password_hash or self.decoy, normalise(password))
            except VerificationError:
                return False
            return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        return self.hasher.check_needs_rehash(password_hash)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self.slots.acquire(timeout=self.patience.total_seconds()):
            raise Overloaded
        try:
            yield
        finally:
            self.slots.release()


def _decoy(hasher: PasswordHasher) -> str:
    """As dear to verify as a hash, but of no password: so that none has to be made at the start."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, nothing = "A" * 22, new_token().translate(_TO_STANDARD_BASE64)
    return f"{PREFIX}{cost}${salt}${nothing}"


def open_hashing(cost: Argon2Cost, *, processes: int) -> Hashing:
    """As many at once as this process has cores, if so many processes share them.

    More would not be done sooner, and would hold up whoever needs a core for a moment.
    """
    at_once = math.ceil(usable_cores() / processes)
    share_memory(at_once)
    return Hashing(hasher_of(cost), BoundedSemaphore(at_once))
