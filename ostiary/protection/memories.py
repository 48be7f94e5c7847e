"""What protection remembers of an account, forgotten together with it."""

from dataclasses import dataclass
from uuid import UUID

from ostiary.platform.database import Database

# Whoever is just spending one of these budgets has locked it before the account is touched.
SUBJECTS = """
SELECT 'address:' || %(email)s AS subject
UNION ALL SELECT 'device:' || id FROM device WHERE account_id = %(account_id)s
"""
HOLD = f"""
SELECT pg_advisory_xact_lock(hashtextextended(subject, 1))
FROM (SELECT subject FROM ({SUBJECTS}) AS unsorted ORDER BY subject) AS subjects
"""
ATTEMPTS = f"DELETE FROM attempt WHERE subject IN ({SUBJECTS})"
DEVICES = "DELETE FROM device WHERE account_id = %(account_id)s"
LOCKOUTS = "DELETE FROM lockout WHERE email = %(email)s"


@dataclass(frozen=True)
class Memories:
    database: Database

    def hold(self, account_id: UUID, *, email: str) -> None:
        """Belongs inside a transaction that has not locked the account yet; `email` is its key."""
        self.database.run(HOLD, account_id=account_id, email=email)

    def forget(self, account_id: UUID, *, email: str) -> None:
        """Belongs inside a transaction that holds them, and has locked the account since.

        A login locks the account before it gives attempts back, so this must come in that order.
        """
        facts = {"account_id": account_id, "email": email}
        self.database.run(ATTEMPTS, **facts)
        self.database.run(LOCKOUTS, **facts)
        self.database.run(DEVICES, **facts)
