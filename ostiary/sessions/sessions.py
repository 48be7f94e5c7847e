"""Sessions: begun by a login, resumed by an access token, ended by their owner."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from ostiary.accounts.credentials import Admitted
from ostiary.accounts.profiles import PROFILE, Profile
from ostiary.accounts.signing_out import SigningOut
from ostiary.courier.outbox import Outbox
from ostiary.errors import NotFound, Unauthenticated
from ostiary.events import SessionEnded, SessionsEnded, SessionStarted
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.identifiers import new_id
from ostiary.protection.devices import LONGEST_USER_AGENT, Device
from ostiary.sessions.principal import Caller
from ostiary.sessions.tokens import TokenPairs, Tokens, Visit

# Live until it is ended or too old, or its account is disabled or signed out everywhere.
LIVE = """
session.ended_at IS NULL AND session.expires_at > %(now)s AND account.disabled_at IS NULL
AND session.epoch = account.session_epoch
"""
# Where there are as many as may be, the longest unseen ends.
INSERT = """
WITH surplus AS (
    UPDATE session SET ended_at = %(at)s WHERE id IN (
        SELECT id FROM session
        WHERE account_id = %(account_id)s AND epoch = %(epoch)s AND ended_at IS NULL
          AND expires_at > %(at)s
        ORDER BY last_seen_at DESC, id DESC OFFSET %(others)s LIMIT 100))
INSERT INTO session
    (id, account_id, device_id, epoch, created_at, last_seen_at, expires_at, ip, user_agent)
VALUES (%(id)s, %(account_id)s, %(device_id)s, %(epoch)s, %(at)s, %(at)s, %(expires_at)s, %(ip)s,
    %(user_agent)s)
"""
# Two rows by their keys, and what they say is looked at afterwards: Postgres plans it in half the
# time that a join takes it, and it is planned for every request.
RESUME = f"""
SELECT session.account_id = account.id AND {LIVE}
        AND (session.first_jti IS NULL OR session.first_jti <= %(jti)s) AS is_live,
    session.device_id,
    account.email_key, {PROFILE}
FROM session, account WHERE session.id = %(session_id)s AND account.id = %(account_id)s
"""
LIST = f"""
SELECT session.id, session.created_at, session.last_seen_at, session.ip, session.user_agent
FROM session JOIN account ON account.id = session.account_id
WHERE account.id = %(account_id)s AND {LIVE} ORDER BY session.created_at DESC, session.id DESC
LIMIT %(limit)s
"""
END = f"""
UPDATE session SET ended_at = %(now)s FROM account
WHERE session.id = %(id)s AND account.id = %(account_id)s AND account.id = session.account_id
  AND {LIVE}
RETURNING session.id
"""
# A refresh that is under way comes before, so that its tokens are older than the new ones.
HOLD = "SELECT id FROM session WHERE id = %(id)s FOR UPDATE"
# Of the epoch that is over, and still live in it; the next one is this session's alone.
GO_ON = """
UPDATE session SET epoch = %(epoch)s, first_jti = coalesce(%(first_jti)s, first_jti),
    device_id = coalesce(%(device_id)s, device_id)
WHERE id = %(id)s AND epoch = %(epoch)s - 1 AND ended_at IS NULL AND expires_at > %(now)s
RETURNING expires_at
"""


class Client(NamedTuple):
    """Where a login comes from: an address as RFC 5952 says, and the user agent as sent."""

    ip: str
    user_agent: str


class Seen(NamedTuple):
    """A session as its owner sees it."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    ip: str
    user_agent: str


@dataclass(frozen=True)
class Sessions:
    """At most `most` live ones an account."""

    database: Database
    outbox: Outbox
    signing_out: SigningOut
    tokens: TokenPairs
    now: Clock
    life: timedelta
    most: int

    def start(self, account_id: UUID, admitted: Admitted, device: Device, client: Client) -> Tokens:
        """Belongs inside the transaction that admits the account."""
        visit = Visit(account_id, new_id(), admitted.roles, until=admitted.at + self.life)
        self.database.run_with_commit(
            INSERT,
            id=visit.session_id,
            account_id=account_id,
            device_id=device.id,
            epoch=admitted.epoch,
            others=self.most - 1,
            at=admitted.at,
            expires_at=visit.until,
            ip=client.ip,
            user_agent=client.user_agent[:LONGEST_USER_AGENT],
        )
        self.outbox.record(SessionStarted(account_id=account_id, session_id=visit.session_id))
        return self.tokens.begin(visit, device_token=device.token)

    def resume(self, access_token: str) -> Caller:
        """Raises `Unauthenticated` as soon as the session is over, though the token lives on."""
        bearer = self.tokens.access.verify(access_token)
        row = self.database.fetch_one(
            RESUME,
            session_id=bearer.session_id,
            account_id=bearer.account_id,
            jti=bearer.jti,
            now=self.now(),
        )
        if row is None or not row.is_live:
            raise Unauthenticated
        _, device_id, email_key, *profile = row
        return Caller(bearer.session_id, device_id, email_key, Profile(*profile))

    def of(self, account_id: UUID) -> list[Seen]:
        """The live ones, the newest first."""
        rows = self.database.fetch_all(LIST, account_id=account_id, now=self.now(), limit=self.most)
        return [Seen(*row) for row in rows]

    def end(self, session_id: UUID, *, account_id: UUID) -> None:
        """Raises `NotFound` for a session that is over, or somebody else's."""
        with self.database.atomic():
            ended = self.database.fetch_one(
                END, id=session_id, account_id=account_id, now=self.now()
            )
            if ended is None:
                raise NotFound
            self.outbox.record(SessionEnded(account_id=account_id, session_id=session_id))

    def end_own(self, caller: Caller) -> None:
        """May be repeated."""
        with suppress(NotFound):
            self.end(caller.session_id, account_id=caller.account_id)

    def end_others(self, caller: Caller) -> None:
        """Costs the same however many there are.

        Raises `Unauthenticated` when the caller's own session ended meanwhile.
        """
        with self.database.atomic():
            self._go_on_alone(caller)
            self.outbox.record(SessionsEnded(account_id=caller.account_id, kept=caller.session_id))

    def end_all(self, account_id: UUID) -> None:
        """Costs the same however many there are; raises `NotFound` where there is no account."""
        with self.database.atomic():
            if self.signing_out.everywhere(account_id) is None:
                raise NotFound
            self.outbox.record(SessionsEnded(account_id=account_id, kept=None))

    def renew(self, caller: Caller, device: Device) -> Tokens:
        """New tokens of the same session; its old ones are void, and every other session ends.

        Belongs inside a transaction. Raises `Unauthenticated` when the session ended meanwhile.
        """
        self.database.run(HOLD, id=caller.session_id)
        jti = new_id()
        until = self._go_on_alone(caller, first_jti=jti, device_id=device.id)
        visit = Visit(caller.account_id, caller.session_id, caller.roles, until)
        self.tokens.refresh.void_newest(caller.session_id)
        return self.tokens.begin(visit, device_token=device.token, jti=jti)

    def _go_on_alone(
        self, caller: Caller, *, first_jti: UUID | None = None, device_id: UUID | None = None
    ) -> datetime:
        """When the caller's session will end by its age; what is over ends no other session."""
        found = self.database.fetch_one(
            GO_ON,
            id=caller.session_id,
            epoch=self.signing_out.everywhere(caller.account_id),
            first_jti=first_jti,
            device_id=device_id,
            now=self.now(),
        )
        if found is None:
            raise Unauthenticated
        until: datetime = found.expires_at
        return until
