"""The vault: every signing key is a row of Postgres, its private half sealed by the operator."""

from dataclasses import dataclass
from datetime import datetime

import orjson
import structlog
from cryptography.fernet import InvalidToken
from joserfc.jwk import ECKey

from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.encryption import Seal
from ostiary.sessions.keys.key import Key, state_of

log = structlog.get_logger()

LOCK = "SELECT pg_advisory_xact_lock(hashtext('ostiary.signing_key'))"
KEYS = """
SELECT kid, public_jwk, sealed_private_key, published_at, active_at, retiring_at, gone_at
FROM signing_key ORDER BY active_at, kid
"""
INSERT = """
INSERT INTO signing_key (kid, public_jwk, sealed_private_key, published_at, active_at)
VALUES (%(kid)s, %(public_jwk)s, %(sealed)s, %(published_at)s, %(active_at)s)
"""
RETIRE = """
UPDATE signing_key SET retiring_at = %(retiring_at)s, gone_at = %(gone_at)s
WHERE retiring_at IS NULL
"""
FORGET_GONE = "DELETE FROM signing_key WHERE gone_at <= %(now)s"
FORGET_ALL = "DELETE FROM signing_key"
RESEAL = "UPDATE signing_key SET sealed_private_key = %(sealed)s WHERE kid = %(kid)s"


@dataclass(frozen=True)
class Vault:
    database: Database
    seal: Seal
    now: Clock

    def valid(self) -> list[Key]:
        """All that are not gone, in the order in which they sign."""
        now, rows = self.now(), self.database.fetch_all(KEYS)
        return [key for key in (Key(*row) for row in rows) if state_of(key, now) != "gone"]

    def valid_or_first(self) -> list[Key]:
        """A house that has no key makes one, which is active at once."""
        return self.valid() or self._make_first()

    def lock(self) -> None:
        """Whoever changes keys does so alone, until the end of the transaction."""
        self.database.run(LOCK)

    def make(self, *, active_at: datetime) -> Key:
        made = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        key = Key(
            kid=str(made.kid),
            public_jwk={**made.as_dict(private=False)},
            sealed_private_key=self.seal.encrypt(orjson.dumps(made.as_dict(private=True))),
            published_at=self.now(),
            active_at=active_at,
        )
        self.database.run(
            INSERT,
            kid=key.kid,
            public_jwk=key.public_jwk,
            sealed=key.sealed_private_key,
            published_at=key.published_at,
            active_at=active_at,
        )
        return key

    def retire(self, *, at: datetime, gone_at: datetime) -> None:
        """Whatever has no successor yet."""
        self.database.run(RETIRE, retiring_at=at, gone_at=gone_at)

    def forget_gone(self) -> None:
        self.database.run(FORGET_GONE, now=self.now())

    def forget_all(self) -> None:
        self.database.run(FORGET_ALL)

    def reseal(self, key: Key) -> bool:
        """By the newest secret; False when none opens it."""
        try:
            sealed = self.seal.rotate(key.sealed_private_key)
        except InvalidToken:
            return False
        self.database.run(RESEAL, kid=key.kid, sealed=sealed)
        return True

    def open(self, key: Key) -> ECKey | None:
        """The private key, or None when no secret opens it."""
        try:
            return ECKey.import_key(orjson.loads(self.seal.decrypt(key.sealed_private_key)))
        except InvalidToken:
            return None

    def _make_first(self) -> list[Key]:
        with self.database.atomic():
            self.lock()
            if not self.valid():
                made = self.make(active_at=self.now())
                log.info("signing_key_made", kid=made.kid)
        return self.valid()
