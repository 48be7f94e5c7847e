"""The tokens of letters: swept once they are of no use to anybody."""

from dataclasses import dataclass
from datetime import timedelta

from ostiary.accounts import claims, resets
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.sweeping import sweep

# Until then a link that comes too late is called expired, and not unknown.
REMEMBERED = timedelta(days=7)


@dataclass(frozen=True)
class LetterTokens:
    database: Database
    now: Clock

    def void_all(self) -> int:
        """Those that work once; a verification's may be used again anyway."""
        return self.database.run(resets.VOID_EVERY_TOKEN, now=self.now()) + self.database.run(
            resets.VOID_ALL_UNLOCKING, now=self.now()
        )

    def expire(self) -> int:
        """Removes old tokens, and claims that nobody has confirmed within a month."""
        now = self.now()
        old, abandoned = now - REMEMBERED, now - claims.REMEMBERED
        return (
            sweep(self.database, claims.EXPIRED_TOKENS, before=now)
            + sweep(self.database, claims.ABANDONED, before=abandoned)
            + sweep(self.database, resets.EXPIRED_TOKENS, before=old)
            + sweep(self.database, resets.EXPIRED_UNLOCKING, before=old)
        )
