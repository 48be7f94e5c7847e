"""Signing keys: ES256 (RFC 7518 §3.4) keys to sign and verify with, as this process knows them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

import structlog
from joserfc.jwk import ECKey

from ostiary.errors import Unavailable
from ostiary.platform.clock import Clock
from ostiary.sessions.keys.key import Key
from ostiary.sessions.keys.ring import KeyRing
from ostiary.sessions.keys.vault import Vault

log = structlog.get_logger()


@dataclass
class SigningKeys:
    """The clock decides which key does what, so nothing has to happen when a key changes."""

    vault: Vault
    now: Clock
    _ring: KeyRing | None = None
    _told_of: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def signing(self) -> ECKey:
        """Raises `Unavailable` when none of the secrets opens any key."""
        now = self.now()
        key = self.ring(now).find_signing(now)
        if key is None:
            raise Unavailable
        return key

    def verifying(self, kid: str) -> ECKey:
        """Raises `KeyError` for a key that is unknown or gone."""
        now = self.now()
        return self.ring(now).verifying(kid, now)

    def jwks(self) -> dict[str, Any]:
        now = self.now()
        return self.ring(now).jwks(now)

    def ring(self, now: datetime) -> KeyRing:
        """While Postgres is away the keys last read go on; before the first read: `Unavailable`.

        One thread reads them again, and nobody waits for it.
        """
        ring = self._ring
        if ring is None or (ring.is_outdated(now) and not self._lock.locked()):
            with self._lock:
                ring = self._read_after(ring)
        return ring

    def read_again(self) -> None:
        """For whoever has just changed the keys, and does not want to wait."""
        with self._lock:
            self._ring = self._read()

    def _read_after(self, last: KeyRing | None) -> KeyRing:
        """Unless another thread has done so meanwhile."""
        if self._ring is None or self._ring is last:
            try:
                self._ring = self._read()
            except Unavailable:
                if last is None:
                    raise
                return last
        return self._ring

    def _read(self) -> KeyRing:
        keys = self.vault.valid_or_first()
        public = {key.kid: ECKey.import_key(key.public_jwk) for key in keys}
        return KeyRing(self.now(), tuple(keys), public, self._open(keys))

    def _open(self, keys: Iterable[Key]) -> Mapping[str, ECKey]:
        """What was opened stays open, whoever has sealed it again since."""
        known = self._ring.private if self._ring else {}
        found = {key.kid: known.get(key.kid) or self.vault.open(key) for key in keys}
        opened = {kid: key for kid, key in found.items() if key}
        tell = log.warning if opened else log.error
        for kid in found.keys() - opened.keys() - self._told_of:
            tell("signing_key_stayed_sealed", kid=kid, setting="SECRET_KEYS")
        self._told_of = found.keys() - opened.keys()
        return opened
