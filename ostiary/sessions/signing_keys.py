"""Signing keys: ES256 (RFC 7518 §3.4) keys in Postgres, the private half sealed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import orjson
import structlog
from cryptography.fernet import InvalidToken, MultiFernet
from joserfc.jwk import ECKey

from ostiary.errors import Unavailable
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.sessions.models import SigningKey

log = structlog.get_logger()

# A key made by another process is known here after this long at the latest.
REMEMBERED = timedelta(seconds=30)
LOCK = "SELECT pg_advisory_xact_lock(hashtext('ostiary.signing_key'))"
ALL_KEYS = """
SELECT kid, public_jwk, sealed_private_key, active_at FROM signing_key ORDER BY active_at, kid
"""


@dataclass(frozen=True)
class KeyRing:
    """The keys as they were read at one moment; the last active one signs.

    The first one signs at once, whatever the clock of its maker said.
    """

    read_at: datetime
    public: dict[str, ECKey]
    signing: ECKey

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.public.values()]}


@dataclass
class SigningKeys:
    database: Database
    seal: MultiFernet
    now: Clock
    _ring: KeyRing | None = None
    _lock: Lock = field(default_factory=Lock)

    def ring(self) -> KeyRing:
        """While Postgres is away the keys last read go on; before the first read: `Unavailable`."""
        ring = self._ring
        if ring is None or self.now() - ring.read_at > REMEMBERED:
            with self._lock:
                ring = self._ring = self._read_again(self._ring)
        return ring

    def _read_again(self, last: KeyRing | None) -> KeyRing:
        try:
            return self._read()
        except Unavailable:
            if last is None:
                raise
            return last

    def _read(self) -> KeyRing:
        rows = self.database.fetch_all(ALL_KEYS) or self._make_first()
        now = self.now()
        signing = ([row for row in rows if row.active_at <= now] or rows[:1])[-1]
        public = {row.kid: ECKey.import_key(row.public_jwk) for row in rows}
        return KeyRing(now, public, self._open(signing))

    def _open(self, row: Any) -> ECKey:
        try:
            return ECKey.import_key(orjson.loads(self.seal.decrypt(row.sealed_private_key)))
        except InvalidToken:
            log.exception("signing_key_stayed_sealed", kid=row.kid, setting="SECRET_KEYS")
            raise Unavailable from None

    def _make_first(self) -> list[Any]:
        with self.database.atomic():
            self.database.run(LOCK)
            if not self.database.fetch_all(ALL_KEYS):
                self._make()
        return self.database.fetch_all(ALL_KEYS)

    def _make(self) -> None:
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        SigningKey.insert(
            kid=key.kid,
            public_jwk=key.as_dict(private=False),
            sealed_private_key=self.seal.encrypt(orjson.dumps(key.as_dict(private=True))),
            published_at=self.now(),
            active_at=self.now(),
        ).execute()
        log.info("signing_key_made", kid=key.kid)
