"""Login: the right password opens a session, and makes the client a known device."""

from dataclasses import dataclass

from ostiary.accounts.credentials import Credentials
from ostiary.platform.database import Database
from ostiary.protection.devices import Devices
from ostiary.sessions.sessions import Client, Sessions
from ostiary.sessions.tokens import Tokens


@dataclass(frozen=True)
class Login:
    database: Database
    credentials: Credentials
    devices: Devices
    sessions: Sessions

    def log_in(
        self, email: str, password: str, *, client: Client, device_token: str | None
    ) -> Tokens:
        """Raises `InvalidCredentials`, `EmailNotVerified`, `AccountDisabled`, `Overloaded`."""
        owner = self.credentials.check(email, password)
        with self.database.atomic():
            roles = self.credentials.admit(owner)
            device = self.devices.recognise(owner.account_id, device_token)
            return self.sessions.start(owner.account_id, roles, device, client)
