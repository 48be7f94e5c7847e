"""Disabling: nobody comes in by an account any more, and whoever is in is out."""

from dataclasses import dataclass
from uuid import UUID

from ostiary.accounts.administration import Administration
from ostiary.courier.outbox import Outbox
from ostiary.events import SessionEnded
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database

# Not only those that are live: a disabled account has none.
END_ALL = """
UPDATE session SET ended_at = %(now)s
WHERE account_id = %(account_id)s AND ended_at IS NULL AND expires_at > %(now)s RETURNING id
"""


@dataclass(frozen=True)
class Disabling:
    database: Database
    outbox: Outbox
    administration: Administration
    now: Clock

    def disable(self, account_id: UUID, *, by: UUID | None) -> None:
        """Ends its sessions for good: enabling the account brings none back.

        May be repeated; `by` is None for the command line. Raises `NotFound` or `OwnAccount`.
        """
        with self.database.atomic():
            self.administration.disable(account_id, by=by)
            for row in self.database.fetch_all(END_ALL, account_id=account_id, now=self.now()):
                self.outbox.record(SessionEnded(account_id=account_id, session_id=row.id))
