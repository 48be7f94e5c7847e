"""The tokens of a session: an access token to show around, a refresh token to keep."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from ostiary.platform.clock import Clock
from ostiary.platform.identifiers import new_id
from ostiary.sessions.access_tokens import AccessTokens
from ostiary.sessions.refresh_tokens import Issued, RefreshTokens


class Tokens(NamedTuple):
    access_token: str
    expires_in: timedelta
    refresh_token: str
    refresh_expires_in: timedelta
    session_id: UUID
    device_token: str


class Visit(NamedTuple):
    """Whose session it is, which one, and until when it may last."""

    account_id: UUID
    session_id: UUID
    roles: list[str]
    until: datetime


@dataclass(frozen=True)
class TokenPairs:
    access: AccessTokens
    refresh: RefreshTokens
    now: Clock

    def begin(self, visit: Visit, *, device_token: str, jti: UUID | None = None) -> Tokens:
        """A new pair; `jti` becomes the id of its access token."""
        issued = self.refresh.issue(visit.session_id, device_token=device_token, until=visit.until)
        return self.pair(visit, issued, jti=jti)

    def pair(self, visit: Visit, issued: Issued, *, jti: UUID | None = None) -> Tokens:
        """A new access token beside a refresh token that was issued already."""
        access_token = self.access.issue(
            account_id=visit.account_id,
            session_id=visit.session_id,
            roles=visit.roles,
            jti=jti or new_id(),
        )
        return Tokens(
            access_token=access_token,
            expires_in=self.access.life,
            refresh_token=issued.token,
            refresh_expires_in=issued.expires_at - self.now(),
            session_id=visit.session_id,
            device_token=issued.device_token,
        )
