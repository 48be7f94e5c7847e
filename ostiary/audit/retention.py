"""Retention: whole months of the audit are forgotten, and the chain begins after them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ostiary.audit.chain import Chain, Head, Link, extend
from ostiary.audit.months import Months, month_of
from ostiary.audit.sealer import Sealer
from ostiary.platform.batch_delete import BATCH, sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database

# A little more than a year; a month goes as soon as its last day is older.
REMEMBERED = timedelta(days=400)

FIRST_KEPT = "SELECT seq FROM audit_link WHERE entry_at >= %(before)s ORDER BY seq LIMIT 1"
FORGET_LINKS = """
WITH gone AS (
    DELETE FROM audit_link WHERE seq IN (
        SELECT seq FROM audit_link WHERE seq < %(first_kept)s ORDER BY seq LIMIT %(limit)s)
    RETURNING seq, entry_id, entry_at, digest)
SELECT * FROM gone ORDER BY seq
"""
FORGET_WAITING = """
DELETE FROM audit_waiting WHERE id IN (
    SELECT id FROM audit_waiting WHERE at < %(before)s LIMIT %(limit)s)
"""
# What no month was made for in time.
FORGET_REST = """
DELETE FROM audit_default WHERE id IN (
    SELECT id FROM audit_default WHERE at < %(before)s LIMIT %(limit)s)
"""


@dataclass(frozen=True)
class Retention:
    database: Database
    chain: Chain
    sealer: Sealer
    months: Months
    now: Clock

    def prune(self) -> int:
        """The number of links that went; the head says so before the entries go."""
        self.sealer.seal()
        self.months.prepare()
        before = month_of(self.now() - REMEMBERED)
        forgotten = self._forget_links(before)
        self.months.drop(before)
        for statement in (FORGET_REST, FORGET_WAITING):
            sweep(self.database, statement, before=before)
        return forgotten

    def _forget_links(self, before: datetime) -> int:
        forgotten = 0
        while True:
            batch = self._forget_batch(before)
            forgotten += batch
            if batch < BATCH:
                return forgotten

    def _forget_batch(self, before: datetime) -> int:
        with self.database.atomic():
            self.chain.lock()
            head = self.sealer.resume()
            if head is None:
                return 0
            kept = self.database.fetch_one(FIRST_KEPT, before=before)
            rows = self.database.fetch_all(
                FORGET_LINKS, first_kept=kept.seq if kept else head.last_seq + 1, limit=BATCH
            )
            links = [Link(*row) for row in rows]
            self.chain.write(_without(head, links)._replace(first_at=before))
        return len(links)


def _without(head: Head, links: list[Link]) -> Head:
    """A chain that begins after these."""
    if not links:
        return head
    first_seq, hash_before = links[-1].seq + 1, head.vouched_hash
    for link in links:
        if link.seq >= head.vouched_seq:
            hash_before = extend(hash_before, link)
    return head._replace(
        first_seq=first_seq,
        vouched_seq=max(first_seq, head.vouched_seq),
        vouched_hash=hash_before,
    )
