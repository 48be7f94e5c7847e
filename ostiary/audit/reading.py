"""Reading the whole audit, in batches of one snapshot: what is in its chain, and the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ostiary.audit.entries import COLUMNS
from ostiary.platform.database import Database, Row

BATCH = 5000
BEFORE_ALL = -(2**63)

LINKS = f"""
SELECT link.seq, link.entry_id, link.entry_at, link.digest, audit.key_id, audit.mac, {COLUMNS}
FROM audit_link AS link
LEFT JOIN audit ON audit.id = link.entry_id AND audit.at = link.entry_at
WHERE link.seq > %(after)s ORDER BY link.seq LIMIT %(limit)s
"""
IS_ELSEWHERE = "SELECT id FROM audit WHERE id = %(id)s LIMIT 1"
UNLINKED = f"""
SELECT audit.key_id, audit.mac, {COLUMNS} FROM audit
WHERE (%(after)s::uuid IS NULL OR audit.id > %(after)s) AND NOT EXISTS (
    SELECT FROM audit_link AS link WHERE link.entry_id = audit.id AND link.entry_at = audit.at)
ORDER BY audit.id LIMIT %(limit)s
"""
VANISHED = """
SELECT id, at FROM audit_waiting AS waiting
WHERE (%(first_at)s::timestamptz IS NULL OR at >= %(first_at)s) AND NOT EXISTS (
    SELECT FROM audit WHERE audit.id = waiting.id AND audit.at = waiting.at)
ORDER BY id LIMIT 1
"""


@dataclass(frozen=True)
class Reading:
    database: Database

    def links(self, *, after: int = BEFORE_ALL) -> Iterator[Row]:
        """Along the chain; a link whose entry is not there has no `id`."""
        while rows := self.database.fetch_all(LINKS, after=after, limit=BATCH):
            yield from rows
            after = rows[-1].seq

    def unlinked(self) -> Iterator[Row]:
        after: UUID | None = None
        while rows := self.database.fetch_all(UNLINKED, after=after, limit=BATCH):
            yield from rows
            if len(rows) < BATCH:
                return
            after = rows[-1].id

    def is_elsewhere(self, entry_id: UUID) -> bool:
        return self.database.fetch_one(IS_ELSEWHERE, id=entry_id) is not None

    def find_vanished(self, first_at: datetime | None) -> Row | None:
        """What still waits for the chain, and is not there any more."""
        return self.database.fetch_one(VANISHED, first_at=first_at)
