"""The proof: reads the whole audit along its chain, and names the first entry that is wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from ostiary.audit.chain import NOTHING, Chain, Head, Link, Sealed, digest_of, extend
from ostiary.audit.entries import Entry
from ostiary.audit.finding import Disturbed, about_chain, about_entry, about_link
from ostiary.audit.reading import Reading
from ostiary.platform.database import Row


@dataclass
class Proof:
    """Belongs inside one snapshot; every step raises `Disturbed`."""

    reading: Reading
    chain: Chain
    # What a log said of the chain: hashes by the number of the link they end with.
    anchors: Mapping[int, bytes] = field(default_factory=dict)
    entries: int = 0
    waiting: int = 0
    old_secrets: int = 0
    since: datetime | None = None
    seq: int = 0
    hash: bytes = NOTHING

    def run(self) -> None:
        sealed = self.chain.read()
        head = sealed.head if sealed else None
        self._follow(head, self.reading.links(), head.first_seq if head else 1)
        if sealed:
            self._check_seal(sealed)
            self._check_head(sealed.head)
        self._check_the_rest(head.first_at if head else None)

    def glance(self, newest: int) -> None:
        """No proof: so many links at the end, and whether somebody vouches for those before."""
        sealed = self.chain.read()
        if sealed is None:
            self._follow(None, islice(self.reading.links(), 1), 1)
            return
        head = sealed.head
        first = max(head.first_seq, head.last_seq - newest + 1)
        self._follow(head, self.reading.links(after=first - 1), first)
        self._check_seal(sealed)
        self._check_vouching(head)

    def _follow(self, head: Head | None, rows: Iterable[Row], expected: int) -> None:
        self.hash, self.seq = head.vouched_hash if head else NOTHING, expected - 1
        for row in rows:
            link = Link(*row[:4])
            if link.seq != expected:
                raise about_chain(*_misplaced(link.seq, expected))
            self._check(link, row, head)
            expected += 1
        last_seq = head.last_seq if head else 0
        if expected - 1 != last_seq:
            raise about_chain(*_misplaced(last_seq + 1, expected))
        if max(self.anchors, default=0) > last_seq:
            why = "The log knows of links after this one, which is the last."
            raise about_chain("removed", why, last_seq)

    def _check(self, link: Link, row: Row, head: Head | None) -> None:
        if row.id is not None:
            self._check_entry(link, row)
        elif not (head and head.first_at and link.entry_at < head.first_at):
            raise self._absence(link)
        if head is None or link.seq >= head.vouched_seq:
            self.hash = extend(self.hash, link)
        self.seq = link.seq
        if self.anchors.get(link.seq, self.hash) != self.hash:
            raise about_link("broken", "The log had another hash for the chain up to here.", link)

    def _check_entry(self, link: Link, row: Row) -> None:
        entry = Entry(*row[6:])
        written = entry.canonical()
        is_right = self._is_right(written, row)
        if is_right is False or digest_of(written, row.key_id, row.mac) != link.digest:
            raise about_link("changed", "The entry is not what was written.", link)
        self.old_secrets += is_right is None
        self.entries += 1
        self.since = self.since or entry.at

    def _absence(self, link: Link) -> Disturbed:
        if self.reading.is_elsewhere(link.entry_id):
            return about_link("changed", "The entry has another time than at first.", link)
        return about_link("removed", "The entry is gone.", link)

    def _check_seal(self, sealed: Sealed) -> None:
        head, is_right = sealed.head, self.chain.is_authentic(sealed)
        if is_right is False:
            raise about_chain("broken", "The head of the chain was changed.", head.last_seq)
        if is_right is None:
            why = "The head of the chain was sealed by a secret that is not in SECRET_KEYS."
            raise about_chain("unknown_secret", why, head.last_seq)

    def _check_head(self, head: Head) -> None:
        if self.hash != head.last_hash:
            raise about_chain("broken", "The chain was written anew.", head.last_seq)
        self._check_vouching(head)

    def _check_vouching(self, head: Head) -> None:
        if head.vouched_seq > head.first_seq:
            why = (
                f"Nobody vouches for what was sealed before link {head.vouched_seq}: the chain was "
                "broken there, or its secret was taken away."
            )
            raise about_chain("broken", why, head.vouched_seq)

    def _check_the_rest(self, first_at: datetime | None) -> None:
        """What is not in the chain was written seconds ago, or not by Ostiary."""
        for row in self.reading.unlinked():
            entry = Entry(*row[2:])
            is_right = self._is_right(entry.canonical(), row)
            if is_right is False:
                raise about_entry("inserted", "The entry was not written by Ostiary.", entry)
            if is_right is None:
                why = "The entry is not in the chain, and its secret is not in SECRET_KEYS."
                raise about_entry("unknown_secret", why, entry)
            self.waiting += 1
        if gone := self.reading.find_vanished(first_at):
            link = Link(self.seq + 1, gone.id, gone.at, b"")
            raise about_link("removed", "The entry went before it was sealed.", link)

    def _is_right(self, written: bytes, row: Row) -> bool | None:
        return self.chain.macs.is_right(written, row.mac, key_id=row.key_id)


def _misplaced(found: int, expected: int) -> tuple[Any, str, int]:
    if found > expected:
        return "removed", f"Links {expected} to {found - 1} of the chain are gone.", expected
    return "inserted", f"Link {found} does not belong to the chain.", found
