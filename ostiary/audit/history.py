"""What the audit holds, for people to look at: the newest first."""

from dataclasses import dataclass
from uuid import UUID

from ostiary.audit.entries import COLUMNS, Entry
from ostiary.platform.database import Database

# What is not asked for folds away before the statement is planned. The cursor names the filter's
# column again, so that the last page is read by the same index as the first.
LIST = f"""
SELECT {COLUMNS} FROM audit
WHERE (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
  AND (%(event)s::text IS NULL OR event = %(event)s)
  AND (%(before)s::uuid IS NULL OR CASE
    WHEN %(account_id)s::uuid IS NOT NULL THEN (account_id, id) < (%(account_id)s, %(before)s)
    WHEN %(event)s::text IS NOT NULL THEN (event, id) < (%(event)s, %(before)s)
    ELSE id < %(before)s END)
ORDER BY id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class History:
    """Reading it leaves no entry: it changes nothing, and whoever looked is in the access log."""

    database: Database

    def newest(
        self,
        *,
        limit: int,
        account_id: UUID | None = None,
        event: str | None = None,
        before: UUID | None = None,
    ) -> list[Entry]:
        rows = self.database.fetch_all(
            LIST, account_id=account_id, event=event, before=before, limit=limit
        )
        return [Entry(*row) for row in rows]
