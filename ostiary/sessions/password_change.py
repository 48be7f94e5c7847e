"""Another password for somebody who is logged in: all but the session at hand is over."""

from dataclasses import dataclass

from ostiary.accounts.notices import WORTH_TELLING
from ostiary.accounts.own_password import OwnPassword
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.courier.outbox import Outbox
from ostiary.events import PasswordChanged
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.hashing import Hashing
from ostiary.protection.devices import Devices
from ostiary.sessions.principal import Caller
from ostiary.sessions.sessions import Client, Sessions
from ostiary.sessions.tokens import Tokens


@dataclass(frozen=True)
class PasswordChange:
    database: Database
    outbox: Outbox
    hashing: Hashing
    policy: PasswordPolicy
    own_password: OwnPassword
    devices: Devices
    sessions: Sessions
    now: Clock

    def change(
        self,
        caller: Caller,
        *,
        current_password: str,
        new_password: str,
        client: Client,
        device_token: str | None,
    ) -> Tokens:
        """New tokens of the same session, whose old ones are void.

        Its device stays; where its token was not presented, there is a new one beside it. Raises
        `WrongPassword`, what `Guard` raises, and `PasswordUnacceptable`.
        """
        knock = caller.knock(client.ip)
        proven = self.own_password.prove(caller.account_id, current_password, knock)
        self.policy.check(new_password, email=proven.email_key)
        password_hash = self.hashing.hash(new_password)
        with self.database.atomic():
            self.own_password.replace(proven, password_hash)
            self.devices.end_all(caller.account_id, but=caller.device_id)
            known = self.devices.find(caller.account_id, device_token)
            device = self.devices.recognise(caller.account_id, known, user_agent=client.user_agent)
            self._record(caller, client.ip)
            return self.sessions.renew(caller, device)

    def _record(self, caller: Caller, client: str) -> None:
        now = self.now()
        self.outbox.record(
            PasswordChanged(
                account_id=caller.account_id,
                session_id=caller.session_id,
                at=now,
                client=client,
                keep_until=now + WORTH_TELLING,
            )
        )
