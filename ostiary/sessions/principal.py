"""The caller: whoever sent a valid access token of a live session."""

from typing import NamedTuple
from uuid import UUID

from ostiary.accounts.profiles import Profile
from ostiary.protection.knocks import Knock, on_device


class Caller(NamedTuple):
    session_id: UUID
    device_id: UUID | None
    email_key: str
    profile: Profile

    @property
    def account_id(self) -> UUID:
        return self.profile.id

    @property
    def roles(self) -> list[str]:
        return self.profile.roles

    def knock(self, client: str) -> Knock:
        """For whoever must prove themselves again: on the budget of the session's device."""
        device_id = self.device_id or self.session_id
        return on_device(device_id, self.email_key, client, lambda: self.account_id)
