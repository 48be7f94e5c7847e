"""Login: the right password opens a session, and makes the client a known device."""

from dataclasses import dataclass
from uuid import UUID

from ostiary.accounts.credentials import Credentials, Owner
from ostiary.accounts.verification import Verification
from ostiary.platform import metrics
from ostiary.platform.database import Database
from ostiary.platform.emails import email_key
from ostiary.platform.identifiers import digest
from ostiary.protection.devices import KNOWN, Device, Devices, is_token
from ostiary.protection.guard import Guard
from ostiary.protection.knocks import Knock, at_address, on_device
from ostiary.sessions.new_devices import NewDevices
from ostiary.sessions.sessions import Client, Sessions
from ostiary.sessions.tokens import Tokens

KNOWN_DEVICE = f"""
SELECT device.id, device.account_id FROM device JOIN account ON account.id = device.account_id
WHERE device.token_digest = %(digest)s AND account.email_key = %(email_key)s AND {KNOWN}
"""


@dataclass(frozen=True)
class Login:
    database: Database
    credentials: Credentials
    verification: Verification
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
        key = email_key(email)
        known = self._find_device(key, device_token)
        return self.guard.admit(
            self._knock(key, client, known),
            verify=lambda: self.credentials.check(key, password),
            admit=lambda owner: self._admit(owner, client, known),
        )

    @metrics.logins.by_outcome()
    def log_in_by_letter(
        self, token: str, password: str, *, client: Client, device_token: str | None
    ) -> Tokens:
        """Proves the mailbox that the letter went to, and logs its owner in.

        Raises `TokenInvalid` and `TokenExpired`, which spend no budget, and what `log_in` does.
        """
        letter = self.verification.get_letter(token)
        known = self._find_device(letter.email_key, device_token)
        return self.guard.admit(
            self._knock(letter.email_key, client, known),
            verify=lambda: self.verification.pick(letter, password),
            admit=lambda picked: self._admit(
                self.verification.prove(letter, picked), client, known
            ),
        )

    def _find_device(self, email_key: str, token: str | None) -> Device | None:
        if not is_token(token):
            return None
        found = self.database.fetch_one(
            KNOWN_DEVICE,
            digest=digest(token),
            email_key=email_key,
            forgotten=self.devices.forgotten,
        )
        return found and Device(found.id, found.account_id, token)

    def _knock(self, email_key: str, client: Client, known: Device | None) -> Knock:
        def owner() -> UUID | None:
            return self.credentials.find_owner(email_key)

        if known is not None:
            return on_device(known.id, email_key, client.ip, owner)
        return at_address(email_key, client.ip, owner)

    def _admit(self, owner: Owner, client: Client, known: Device | None) -> Tokens:
        admitted = self.credentials.admit(owner)
        device = self.devices.recognise(owner.account_id, known, user_agent=client.user_agent)
        tokens = self.sessions.start(owner.account_id, admitted, device, client)
        self.new_devices.announce(
            device, admitted, account_id=owner.account_id, session_id=tokens.session_id
        )
        return tokens
