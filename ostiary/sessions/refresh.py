"""Refresh: a session goes on with new tokens for its last refresh token."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from ostiary.courier.outbox import Outbox
from ostiary.errors import RefreshTokenExpired, RefreshTokenInvalid, RefreshTokenReused
from ostiary.events import RefreshTokenReplayed
from ostiary.platform import metrics
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.identifiers import TOKEN_CHARACTERS, digest
from ostiary.protection.devices import KNOWN, SEEN_AT, Device, Devices
from ostiary.sessions.tokens import TokenPairs, Tokens, Visit

# How exactly the last use of a device is kept while its session only refreshes.
SEEN_EVERY = timedelta(days=1)

# Both rows are locked, so that what was waited for is read as it is now. A device that was restored
# since this token was issued has another token than the one that is sealed here.
FIND = f"""
SELECT token.digest, token.session_id, token.expires_at, token.used_at, token.sealed,
    session.account_id, session.expires_at AS session_expires_at, account.roles,
    session.user_agent, coalesce(session.device_id, session.id) AS device_id,
    {SEEN_AT} <= %(long_ago)s AS was_device_seen_long_ago,
    device.id IS NOT NULL AND {KNOWN} AND device.created_at <= token.issued_at AS is_device_known,
    session.ended_at IS NOT NULL OR account.disabled_at IS NOT NULL
        OR session.epoch <> account.session_epoch AS over
FROM refresh_token AS token
JOIN session ON session.id = token.session_id
JOIN account ON account.id = session.account_id
LEFT JOIN device ON device.id = session.device_id
WHERE token.digest = %(digest)s
FOR UPDATE OF token, session
"""
SEEN = """
UPDATE session SET last_seen_at = %(now)s, device_id = coalesce(%(device_id)s, device_id)
WHERE id = %(id)s
"""
END = "UPDATE session SET ended_at = %(now)s WHERE id = %(id)s"


@dataclass(frozen=True)
class Refresh:
    database: Database
    outbox: Outbox
    devices: Devices
    tokens: TokenPairs
    now: Clock

    def refresh(self, token: str, *, device_token: str | None) -> Tokens:
        """Raises `RefreshTokenInvalid`, `RefreshTokenExpired`, `RefreshTokenReused`."""
        if len(token) != TOKEN_CHARACTERS:
            raise RefreshTokenInvalid
        with self.database.atomic():
            found = self._find(token)
            try:
                return self._go_on(token, found, device_token)
            except RefreshTokenReused as reused:
                self._end(found.account_id, found.session_id)
                refusal = reused
        raise refusal

    def _find(self, token: str) -> Row:
        found = self.database.fetch_one(
            FIND,
            digest=digest(token),
            forgotten=self.devices.forgotten,
            long_ago=self.now() - SEEN_EVERY,
        )
        if found is None or found.over:
            raise RefreshTokenInvalid
        if found.session_expires_at <= self.now():
            raise RefreshTokenExpired
        return found

    def _go_on(self, token: str, found: Row, device_token: str | None) -> Tokens:
        visit = Visit(found.account_id, found.session_id, found.roles, found.session_expires_at)
        device = self._device(found, presented=device_token)
        issued = self.tokens.refresh.succeed(
            token, found, device_token=device.token if device else None, until=visit.until
        )
        self.database.run_with_commit(
            SEEN, id=found.session_id, device_id=device.id if device else None, now=self.now()
        )
        return self.tokens.pair(visit, issued)

    def _device(self, found: Row, *, presented: str | None) -> Device | None:
        """None where the session's own is still known, whose token is sealed."""
        known = self.devices.find(found.account_id, presented)
        if found.used_at:
            return known
        if known is None and not found.is_device_known:
            return self.devices.restore(
                found.device_id, found.account_id, user_agent=found.user_agent
            )
        self._see(found, known)
        return known

    def _see(self, found: Row, presented: Device | None) -> None:
        is_its_own = presented is None or presented.id == found.device_id
        if is_its_own and found.was_device_seen_long_ago:
            self.devices.see(found.device_id)

    def _end(self, account_id: UUID, session_id: UUID) -> None:
        self.database.run_with_commit(END, id=session_id, now=self.now())
        self.outbox.record(RefreshTokenReplayed(account_id=account_id, session_id=session_id))
        self.database.after_commit(metrics.refresh_reuse.add)
