"""Keys: rotated by age or on demand, resealed, and shown to administrators."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from ostiary.courier.outbox import Outbox
from ostiary.events import SigningKeyRotated, SigningKeysResealed
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.sessions.keys.key import PUBLISHED_FOR, Key, State, end_of, state_of
from ostiary.sessions.keys.signing_keys import SigningKeys
from ostiary.sessions.keys.vault import Vault

SealedBy = Literal["newest", "older", "unknown"]


class Shown(NamedTuple):
    """`sealed_by` names the secret of SECRET_KEYS that opens it, if one does."""

    kid: str
    state: State
    published_at: datetime
    active_at: datetime
    retiring_at: datetime | None
    gone_at: datetime | None
    sealed_by: SealedBy

    @property
    def id(self) -> UUID:
        """For cursors: the beginning of `kid`, which is a digest (RFC 7638)."""
        return UUID(bytes=urlsafe_b64decode(f"{self.kid}=")[:16])


class Resealed(NamedTuple):
    """By their `kid`; whatever no secret opens has stayed as it was."""

    resealed: list[str]
    unopened: list[str]


@dataclass(frozen=True)
class Keys:
    """`age` is how long a key is active before it is due, `token_life` an access token's."""

    database: Database
    outbox: Outbox
    vault: Vault
    signing_keys: SigningKeys
    now: Clock
    age: timedelta
    token_life: timedelta

    def newest(self) -> list[Shown]:
        return [self._show(key) for key in reversed(self.vault.valid())]

    def older_than(self, last: UUID) -> list[Shown]:
        """Nothing is older than a key that is gone."""
        found = self.newest()
        ids = [key.id for key in found]
        return found[ids.index(last) + 1 :] if last in ids else []

    def rotate(self) -> Shown:
        """A new key, published and not yet active; the one that is there, if there is one."""
        with self.database.atomic():
            self.vault.lock()
            return self._show(self._published() or self._publish())

    def rotate_at_once(self) -> Shown:
        """For an emergency: whatever the keys before have signed is refused from now on.

        Of several who ask at once, one makes the key, and the others get it.
        """
        seen = {key.kid for key in self.vault.valid()}
        with self.database.atomic():
            self.vault.lock()
            keys = self.vault.valid()
            if len(keys) == 1 and keys[0].kid not in seen:
                return self._show(keys[0])
            self.vault.forget_all()
            return self._show(self._make(active_at=self.now(), emergency=True))

    def rotate_if_due(self) -> bool:
        """Whether it was; keys that are gone are forgotten on the way."""
        with self.database.atomic():
            self.vault.lock()
            self.vault.forget_gone()
            keys = self.vault.valid()
            if keys and keys[-1].active_at + self.age > self.now():
                return False
            self._publish()
        return True

    def reseal(self) -> Resealed:
        """By the newest secret, so that the older ones may be taken away."""
        done = Resealed([], [])
        with self.database.atomic():
            self.vault.lock()
            for key in self.vault.valid():
                (done.resealed if self.vault.reseal(key) else done.unopened).append(key.kid)
            self.outbox.record(SigningKeysResealed(kids=tuple(done.resealed)))
        return done

    def _published(self) -> Key | None:
        now = self.now()
        return next((key for key in self.vault.valid() if state_of(key, now) == "published"), None)

    def _publish(self) -> Key:
        """The first one has nobody to succeed, and nobody to be published for."""
        now = self.now()
        active_at = now + PUBLISHED_FOR if self.vault.valid() else now
        self.vault.retire(at=active_at, gone_at=end_of(active_at, self.token_life))
        return self._make(active_at=active_at, emergency=False)

    def _make(self, *, active_at: datetime, emergency: bool) -> Key:
        key = self.vault.make(active_at=active_at)
        self.outbox.record(SigningKeyRotated(kid=key.kid, active_at=active_at, emergency=emergency))
        self.database.after_commit(self.signing_keys.read_again)
        return key

    def _show(self, key: Key) -> Shown:
        return Shown(
            kid=key.kid,
            state=state_of(key, self.now()),
            published_at=key.published_at,
            active_at=key.active_at,
            retiring_at=key.retiring_at,
            gone_at=key.gone_at,
            sealed_by=self._sealed_by(key),
        )

    def _sealed_by(self, key: Key) -> SealedBy:
        if self.vault.seal.is_newest(key.sealed_private_key):
            return "newest"
        return "older" if self.vault.open(key) else "unknown"
