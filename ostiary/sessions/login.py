"""Login: the right password opens a session, and makes the client a known device."""

from dataclasses import dataclass
from uuid import UUID

from ostiary.accounts.addresses import key_of
from ostiary.accounts.credentials import Credentials
from ostiary.platform import metrics
from ostiary.platform.chance import digest
from ostiary.platform.database import Database
from ostiary.protection.devices import KNOWN, Devices, is_token
from ostiary.protection.guard import Guard
from ostiary.protection.knocks import Knock, at_address, on_device
from ostiary.sessions.new_devices import NewDevices
from ostiary.sessions.sessions import Client, Sessions
from ostiary.sessions.tokens import Tokens

KNOWN_DEVICE = f"""
SELECT device.id FROM device JOIN account ON account.id = device.account_id
WHERE device.token_digest = %(digest)s AND account.email_key = %(email_key)s AND {KNOWN}
"""


@dataclass(frozen=True)
class Login:
    database: Database
    credentials: Credentials
    guard: Guard
    devices: Devices
    sessions: Sessions
    new_devices: NewDevices

    @metrics.logins.by_outcome()
    def log_in(
        self, email: str, password: str, *, client: Client, device_token: str | None
    ) -> Tokens:
        """Raises what `Guard` raises, `InvalidCredentials`, `EmailNotVerified`, `AccountDisabled`
        and `Overloaded`.
        """
        knock = self._knock(email, client, device_token)
        owner = self.guard.judge(knock, lambda: self.credentials.check(email, password))
        with self.database.atomic():
            admitted = self.credentials.admit(owner)
            device = self.devices.recognise(owner.account_id, device_token)
            tokens = self.sessions.start(owner.account_id, admitted, device, client)
            self.new_devices.announce(
                device, admitted, account_id=owner.account_id, session_id=tokens.session_id
            )
            return tokens

    def _knock(self, email: str, client: Client, device_token: str | None) -> Knock:
        email_key = key_of(email)
        known = is_token(device_token) and self.database.fetch_one(
            KNOWN_DEVICE,
            digest=digest(device_token),
            email_key=email_key,
            forgotten=self.devices.forgotten,
        )

        def owner() -> UUID | None:
            return self.credentials.find_owner(email_key)

        if known:
            return on_device(known.id, email_key, client.ip, owner)
        return at_address(email_key, client.ip, owner)
