"""New devices: an owner hears of a login on a device that the account had not used before."""

from dataclasses import dataclass
from uuid import UUID

from ostiary.accounts.credentials import Admitted
from ostiary.accounts.notices import WORTH_TELLING
from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letters
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.events import NewDeviceSeen
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.protection.devices import Device
from ostiary.protection.limits import Limits
from ostiary.sessions.user_agents import program_of

FIND = """
SELECT account.email, session.created_at, session.ip, session.user_agent
FROM session JOIN account ON account.id = session.account_id
WHERE session.id = %(id)s AND account.email_verified_at IS NOT NULL
"""


@dataclass(frozen=True)
class NewDevices:
    database: Database
    outbox: Outbox
    deliveries: Deliveries
    letters: Letters
    limits: Limits
    now: Clock

    def announce(
        self, device: Device, admitted: Admitted, *, account_id: UUID, session_id: UUID
    ) -> None:
        """Nothing to say of a known device, nor of the very first login.

        Belongs inside the transaction that begins the session.
        """
        if device.is_new and not admitted.is_first:
            keep_until = self.now() + WORTH_TELLING
            self.outbox.record(
                NewDeviceSeen(account_id=account_id, session_id=session_id, keep_until=keep_until)
            )

    def send_new_device_email(self, promise: Claimed) -> None:
        found = self.database.fetch_one(FIND, id=UUID(promise.event["session_id"]))
        if found is None or not self._may_tell(promise):
            raise NotWanted
        self.deliveries.deliver(
            lambda: self.letters.compose(
                "new_device",
                to=found.email,
                promise_id=promise.id,
                seen_at=found.created_at,
                client=found.ip,
                program=program_of(found.user_agent),
            )
        )

    def _may_tell(self, promise: Claimed) -> bool:
        """A limit of its own: what strangers may cause neither uses it up nor is held up by it."""
        account = str(promise.event["account_id"])
        return promise.attempts > 1 or self.limits.allows_letter("new_device", account)
