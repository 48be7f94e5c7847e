"""Sessions: begun by a login, resumed by an access token, ended by their owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from ostiary.accounts.credentials import Admitted
from ostiary.accounts.profiles import PROFILE, Profile
from ostiary.courier.outbox import Outbox
from ostiary.errors import NotFound, Unauthenticated
from ostiary.events import SessionEnded, SessionStarted
from ostiary.platform.chance import new_id
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.protection.devices import LONGEST_USER_AGENT, Device
from ostiary.sessions.caller import Caller
from ostiary.sessions.tokens import TokenPairs, Tokens, Visit

# A session is live while nobody has ended it, signed out or disabled its account, nor its age has.
LIVE = """
session.ended_at IS NULL AND session.expires_at > %(now)s AND account.disabled_at IS NULL
AND (account.signed_out_at IS NULL OR session.created_at >= account.signed_out_at)
"""
INSERT = """
INSERT INTO session
    (id, account_id, device_id, created_at, last_seen_at, expires_at, ip, user_agent)
VALUES (%(id)s, %(account_id)s, %(device_id)s, %(at)s, %(at)s, %(expires_at)s, %(ip)s,
    %(user_agent)s)
"""
# Two rows by their keys, and what they say is looked at afterwards: Postgres plans it in half the
# time that a join takes it, and it is planned for every request.
RESUME = f"""
SELECT session.account_id = account.id AND {LIVE} AS is_live, session.device_id,
    account.email_key, {PROFILE}
FROM session, account WHERE session.id = %(session_id)s AND account.id = %(account_id)s
"""
LIST = f"""
SELECT session.id, session.created_at, session.last_seen_at, session.ip, session.user_agent
FROM session JOIN account ON account.id = session.account_id
WHERE account.id = %(account_id)s AND {LIVE} ORDER BY session.created_at DESC, session.id DESC
"""
END = f"""
UPDATE session SET ended_at = %(now)s FROM account
WHERE account.id = session.account_id AND account.id = %(account_id)s AND {LIVE}
  AND (%(only)s::uuid IS NULL OR session.id = %(only)s)
  AND (%(but)s::uuid IS NULL OR session.id <> %(but)s)
RETURNING session.id
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
    database: Database
    outbox: Outbox
    tokens: TokenPairs
    now: Clock
    life: timedelta

    def start(self, account_id: UUID, admitted: Admitted, device: Device, client: Client) -> Tokens:
        """Belongs inside the transaction that admits the account."""
        visit = Visit(account_id, new_id(), admitted.roles, until=admitted.at + self.life)
        self.database.run_with_commit(
            INSERT,
            id=visit.session_id,
            account_id=account_id,
            device_id=device.id,
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
            RESUME, session_id=bearer.session_id, account_id=bearer.account_id, now=self.now()
        )
        if row is None or not row.is_live:
            raise Unauthenticated
        _, device_id, email_key, *profile = row
        return Caller(bearer.session_id, device_id, email_key, Profile(*profile))

    def of(self, account_id: UUID) -> list[Seen]:
        rows = self.database.fetch_all(LIST, account_id=account_id, now=self.now())
        return [Seen(*row) for row in rows]

    def end(self, session_id: UUID, *, account_id: UUID) -> None:
        """Raises `NotFound` for a session that is over, or somebody else's."""
        if not self._end(account_id, only=session_id):
            raise NotFound

    def end_own(self, caller: Caller) -> None:
        self._end(caller.account_id, only=caller.session_id)

    def end_others(self, caller: Caller) -> None:
        self._end(caller.account_id, but=caller.session_id)

    def _end(
        self, account_id: UUID, *, only: UUID | None = None, but: UUID | None = None
    ) -> list[UUID]:
        with self.database.atomic():
            rows = self.database.fetch_all(
                END, account_id=account_id, only=only, but=but, now=self.now()
            )
            for row in rows:
                self.outbox.record(SessionEnded(account_id=account_id, session_id=row.id))
        return [row.id for row in rows]
