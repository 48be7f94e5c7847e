"""The fact that Postgres is a backup of itself."""

from dataclasses import dataclass

from ostiary.events.event import Event


@dataclass(frozen=True, kw_only=True)
class BackupRestored(Event):
    """So many sessions were ended, so many tokens of letters voided."""

    sessions: int
    letter_tokens: int
