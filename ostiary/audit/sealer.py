"""The sealer: links entries into the chain some seconds after they were written, in batches."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from ostiary.audit.chain import Chain, Head, Link, Sealed, beginning, digest_of, extend
from ostiary.audit.entries import COLUMNS, Entry
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row

log = structlog.get_logger()

BATCH = 1000
ANNOUNCED_EVERY = timedelta(minutes=1)
# While secrets are exchanged, processes with the old ones meet a head that was sealed by the new.
SECRET_IS_GONE_AFTER = timedelta(hours=1)

IS_DUE = """
SELECT EXISTS (SELECT FROM audit_waiting) OR EXISTS (
    SELECT FROM audit_head WHERE key_id <> %(newest)s AND key_id = ANY (%(known)s)) AS is_due
"""
WAITING = f"""
SELECT {COLUMNS}, audit.key_id, audit.mac FROM audit_waiting AS waiting
JOIN audit ON audit.id = waiting.id AND audit.at = waiting.at
WHERE audit.key_id = ANY (%(known)s) ORDER BY waiting.id LIMIT %(limit)s
"""
LAST = "SELECT max(seq) AS seq FROM audit_link"
APPEND = """
INSERT INTO audit_link (seq, entry_id, entry_at, digest)
SELECT * FROM unnest(%(seqs)s::bigint[], %(ids)s::uuid[], %(times)s::timestamptz[],
    %(digests)s::bytea[])
"""
DONE = "DELETE FROM audit_waiting WHERE id = ANY (%(ids)s::uuid[])"


@dataclass
class Sealer:
    """Says now and then in the log where the chain ends; what the log holds cannot be unsaid."""

    database: Database
    chain: Chain
    now: Clock
    _ends: Head | None = None
    _announced: Head | None = None

    def seal(self) -> int:
        """The number of entries that were linked; may be asked by anybody, at any time."""
        sealed = 0
        while self._is_due():
            batch = self._seal_batch()
            sealed += batch
            if batch < BATCH:
                break
        self._announce()
        return sealed

    def resume(self) -> Head | None:
        """Where the chain goes on, or None while that is for those who know the secret.

        Belongs inside a transaction that has the lock.
        """
        sealed, last = self.chain.read(), self.database.fetch_all(LAST)[0].seq
        if sealed is None:
            return beginning(self.now()) if last is None else self._begin_anew(None, last)
        if self.chain.is_authentic(sealed):
            head = sealed.head
            is_whole = (last or head.first_seq - 1) == head.last_seq
            return head if is_whole else self._begin_anew(sealed, last)
        if self._may_be_somebody_elses(sealed):
            log.warning("audit_secret_unknown", key_id=sealed.key_id)
            return None
        return self._begin_anew(sealed, last)

    def _is_due(self) -> bool:
        macs = self.chain.macs
        return bool(self.database.fetch_all(IS_DUE, newest=macs.newest, known=macs.known)[0].is_due)

    def _seal_batch(self) -> int:
        with self.database.atomic():
            self.chain.lock()
            head = self.resume()
            if head is None:
                return 0
            rows = self.database.fetch_all(WAITING, known=self.chain.macs.known, limit=BATCH)
            self._ends = self._append(head, rows)
            self.chain.write(self._ends)
        return len(rows)

    def _append(self, head: Head, rows: Iterable[Row]) -> Head:
        seq, chained, links = head.last_seq, head.last_hash, []
        for seq, row in enumerate(rows, start=head.last_seq + 1):
            links.append(
                Link(
                    seq,
                    row.id,
                    row.at,
                    digest_of(Entry(*row[:-2]).canonical(), row.key_id, row.mac),
                )
            )
            chained = extend(chained, links[-1])
        self._write(links)
        return head._replace(last_seq=seq, last_hash=chained, sealed_at=self.now())

    def _write(self, links: list[Link]) -> None:
        if links:
            seqs, ids, times, digests = map(list, zip(*links, strict=True))
            self.database.run(APPEND, seqs=seqs, ids=ids, times=times, digests=digests)
            self.database.run(DONE, ids=ids)

    def _may_be_somebody_elses(self, sealed: Sealed) -> bool:
        is_strange = self.chain.is_authentic(sealed) is None
        return is_strange and abs(self.now() - sealed.head.sealed_at) < SECRET_IS_GONE_AFTER

    def _begin_anew(self, sealed: Sealed | None, last: int | None) -> Head:
        """Nothing before can be vouched for; what comes after must not suffer from that."""
        head = sealed.head if sealed else beginning(self.now())
        last_seq = max(head.last_seq, last or 0)
        log.error("audit_chain_broken", seq=last_seq)
        return head._replace(
            vouched_seq=last_seq + 1, vouched_hash=head.last_hash, last_seq=last_seq
        )

    def _announce(self) -> None:
        ends, said = self._ends, self._announced
        if ends and (said is None or (ends.last_seq > said.last_seq and self._is_long_ago(said))):
            self._announced = ends._replace(sealed_at=self.now())
            log.info("audit_sealed", seq=ends.last_seq, hash=ends.last_hash.hex())

    def _is_long_ago(self, said: Head) -> bool:
        return self.now() - said.sealed_at >= ANNOUNCED_EVERY
