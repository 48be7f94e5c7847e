"""What a look at the audit comes to: intact, or the first entry that is not as it was written."""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from ostiary.audit.chain import Link
from ostiary.audit.entries import Entry

What = Literal["changed", "removed", "inserted", "broken", "unknown_secret"]


class Finding(NamedTuple):
    what: What
    why: str
    seq: int | None = None
    entry_id: UUID | None = None
    at: datetime | None = None
    event: str | None = None


class Report(NamedTuple):
    """`waiting` entries are whole, and not in the chain yet; `old_secrets` ones are in it, and were
    written with a secret that is gone.
    """

    intact: bool
    entries: int
    waiting: int
    old_secrets: int
    since: datetime | None
    seq: int
    hash: str
    finding: Finding | None


class Disturbed(Exception):
    """Something is not as it was written."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.why)
        self.finding = finding


def about_link(what: What, why: str, link: Link) -> Disturbed:
    return Disturbed(Finding(what, why, link.seq, link.entry_id, link.entry_at))


def about_entry(what: What, why: str, entry: Entry) -> Disturbed:
    return Disturbed(Finding(what, why, None, entry.id, entry.at, entry.event))


def about_chain(what: What, why: str, seq: int | None = None) -> Disturbed:
    return Disturbed(Finding(what, why, seq))
