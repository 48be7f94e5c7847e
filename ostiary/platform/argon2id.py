"""Argon2id (RFC 9106) by whichever library uses the widest instructions that the processor has."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from nacl.bindings import crypto_pwhash_str_verify
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from ostiary.platform.settings import Argon2Cost

PREFIX = "$argon2id$v=19$"
KIBIBYTE = 1024

BINDINGS = "argon2-cffi-bindings"
# Where pip had them from (PEP 610): a wheel whose build tag says what it was built for.
_BUILT_FOR = re.compile(r"-1(avx\w+)-[^/]+\.whl")


CPUINFO = Path("/proc/cpuinfo")


def hasher_of(cost: Argon2Cost, *, cpuinfo: Path = CPUINFO) -> PasswordHasher:
    """Argon2-cffi where `docs/ops/argon2.sh` has built it for this processor, else libsodium."""
    library = PasswordHasher if is_built_for_this_processor(cpuinfo) else Sodium
    return library(time_cost=cost.iterations, memory_cost=cost.memory_kib, parallelism=cost.lanes)


class Sodium(PasswordHasher):
    """Hashes are the same as argon2-cffi's, to which it leaves what libsodium does not do: to make
    one of several lanes, and to verify the older kinds.
    """

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        if salt is not None or self.parallelism > 1:
            return super().hash(password, salt=salt)
        made = argon2id.str(
            _bytes(password), opslimit=self.time_cost, memlimit=self.memory_cost * KIBIBYTE
        )
        return made.decode()

    def verify(
        self,
        hash: str | bytes,  # noqa: A002
        password: str | bytes,
    ) -> Literal[True]:
        if not _bytes(hash).startswith(PREFIX.encode()):
            return super().verify(hash, password)
        try:
            crypto_pwhash_str_verify(_bytes(hash), _bytes(password))
        except (CryptoError, ValueError):
            raise VerifyMismatchError from None
        return True


def is_built_for_this_processor(cpuinfo: Path = CPUINFO) -> bool:
    """Not where an image or a folder came from a machine that has more than this one."""
    feature = built_for()
    return bool(feature) and f" {feature} " in cpuinfo.read_text().replace("\n", " ")


def built_for() -> str:
    """The instructions argon2-cffi was built for; nothing where it is the wheel for any machine."""
    try:
        origin = distribution(BINDINGS).read_text("direct_url.json") or ""
    except PackageNotFoundError:
        return ""
    found = _BUILT_FOR.search(origin)
    return found[1] if found else ""


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
