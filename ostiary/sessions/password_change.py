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
from ostiary.sessions.caller import Caller
from ostiary.sessions.sessions import Sessions


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
        self, caller: Caller, *, current_password: str, new_password: str, client: str
    ) -> None:
        """Raises `WrongPassword`, what `Guard` raises, and `PasswordUnacceptable`."""
        knock = caller.knock(client)
        proven = self.own_password.prove(caller.account_id, current_password, knock)
        self.policy.check(new_password, email=proven.email_key)
        password_hash = self.hashing.hash(new_password)
        with self.database.atomic():
            self.own_password.replace(proven, password_hash)
            self.sessions.end_others(caller)
            self.devices.end_all(caller.account_id, but=caller.device_id)
            self._record(caller, client)

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
