"""Argon2id (RFC 9106) by libsodium, which uses the widest instructions that the processor has."""

from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from nacl.bindings import crypto_pwhash_str_verify
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from ostiary.platform.settings import Argon2Cost

PREFIX = "$argon2id$v=19$"
KIBIBYTE = 1024


class Argon2id(PasswordHasher):
    """Hashes are the same as argon2-cffi's, to which it leaves what libsodium does not do: to make
    one of several lanes, and to verify the older kinds.
    """

    def __init__(self, cost: Argon2Cost) -> None:
        super().__init__(
            time_cost=cost.iterations, memory_cost=cost.memory_kib, parallelism=cost.lanes
        )

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


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
