"""The chain: links over the entries, whose head is sealed by the operator's secret."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

import orjson

from ostiary.audit.entries import CANONICAL
from ostiary.platform.database import Database
from ostiary.platform.hmac_keys import Macs

LOCK = "SELECT pg_advisory_xact_lock(hashtext('ostiary.audit'))"
READ_HEAD = """
SELECT first_seq, first_at, vouched_seq, vouched_hash, last_seq, last_hash, sealed_at, key_id, mac
FROM audit_head
"""
WRITE_HEAD = """
INSERT INTO audit_head (id, first_seq, first_at, vouched_seq, vouched_hash, last_seq, last_hash,
    sealed_at, key_id, mac)
VALUES (1, %(first_seq)s, %(first_at)s, %(vouched_seq)s, %(vouched_hash)s, %(last_seq)s,
    %(last_hash)s, %(sealed_at)s, %(key_id)s, %(mac)s)
ON CONFLICT (id) DO UPDATE SET (first_seq, first_at, vouched_seq, vouched_hash, last_seq,
    last_hash, sealed_at, key_id, mac) = (excluded.first_seq, excluded.first_at,
    excluded.vouched_seq, excluded.vouched_hash, excluded.last_seq, excluded.last_hash,
    excluded.sealed_at, excluded.key_id, excluded.mac)
"""
NOTHING = bytes(32)


class Link(NamedTuple):
    """The place of one entry in the order in which they were sealed."""

    seq: int
    entry_id: UUID
    entry_at: datetime
    digest: bytes


class Head(NamedTuple):
    """The chain begins with the link `first_seq`; entries before `first_at` have been pruned.

    `last_hash` is over all links from `vouched_seq` on, and begins with `vouched_hash`. What came
    before was sealed by a secret that was gone, or under a head that somebody had changed.
    """

    first_seq: int
    first_at: datetime | None
    vouched_seq: int
    vouched_hash: bytes
    last_seq: int
    last_hash: bytes
    sealed_at: datetime

    def canonical(self) -> bytes:
        return orjson.dumps([_text(value) for value in self], option=CANONICAL)


class Sealed(NamedTuple):
    head: Head
    key_id: str
    mac: bytes


@dataclass(frozen=True)
class Chain:
    database: Database
    macs: Macs

    def lock(self) -> None:
        """Until the transaction ends: whoever changes the chain holds it."""
        self.database.run(LOCK)

    def read(self) -> Sealed | None:
        row = self.database.fetch_one(READ_HEAD)
        return row and Sealed(Head(*row[:-2]), row.key_id, row.mac)

    def is_authentic(self, sealed: Sealed) -> bool | None:
        """None when the secret that sealed it is not among ours."""
        return self.macs.is_right(sealed.head.canonical(), sealed.mac, key_id=sealed.key_id)

    def write(self, head: Head) -> None:
        self.database.run(
            WRITE_HEAD,
            **head._asdict(),
            key_id=self.macs.newest,
            mac=self.macs.of(head.canonical()),
        )


def beginning(now: datetime) -> Head:
    return Head(1, None, 1, NOTHING, 0, NOTHING, now)


def digest_of(written: bytes, key_id: str, mac: bytes) -> bytes:
    """Binds what was written even when the secret that its code was made with is gone."""
    return sha256(written + key_id.encode() + mac).digest()


def extend(previous: bytes, link: Link) -> bytes:
    """The hash of the chain up to and with this link."""
    place = f"{link.seq} {link.entry_id} {_text(link.entry_at)} ".encode()
    return sha256(previous + place + link.digest).digest()


def _text(value: object) -> object:
    match value:
        case bytes():
            return value.hex()
        case datetime():
            return value.astimezone(UTC).isoformat()
    return value
