"""Restoring: what an older Postgres wrongly takes for unused is good for nothing any more."""

from dataclasses import dataclass
from typing import NamedTuple

from ostiary.accounts.letter_tokens import LetterTokens
from ostiary.courier.outbox import Outbox
from ostiary.events import BackupRestored
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.sessions.keys.keys import Keys

# A refresh token of the backup may have been used since, and its session may have been ended.
END_EVERY_SESSION = """
UPDATE session SET ended_at = %(now)s WHERE ended_at IS NULL AND expires_at > %(now)s
"""


class Voided(NamedTuple):
    sessions: int
    letter_tokens: int


@dataclass(frozen=True)
class Restoring:
    database: Database
    outbox: Outbox
    letter_tokens: LetterTokens
    keys: Keys
    now: Clock

    def void(self) -> Voided:
        """Ends every session, voids every letter's token, and replaces the signing keys.

        A key that has leaked since the backup was taken would otherwise be good again. May be
        repeated; belongs before the first request.
        """
        with self.database.atomic():
            voided = Voided(
                self.database.run(END_EVERY_SESSION, now=self.now()), self.letter_tokens.void_all()
            )
            self.outbox.record(BackupRestored(**voided._asdict()))
        self.keys.rotate_at_once()
        return voided
