"""Forgetting: the devices, attempts and locks of a deleted account go in small batches."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ostiary.platform.batch_delete import sweep
from ostiary.platform.database import Database

# Those of the email that came later belong to whoever opens an account there next.
OF_EMAIL = """
DELETE FROM attempt WHERE id IN (
    SELECT id FROM attempt WHERE subject = 'address:' || %(email_key)s AND at <= %(before)s
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
OF_DEVICES = """
DELETE FROM attempt WHERE id IN (
    SELECT attempt.id FROM device JOIN attempt ON attempt.subject = 'device:' || device.id
    WHERE device.account_id = %(account_id)s LIMIT %(limit)s FOR UPDATE OF attempt SKIP LOCKED)
"""
LOCKOUTS = """
DELETE FROM lockout WHERE id IN (
    SELECT id FROM lockout WHERE email = %(email_key)s AND locked_at <= %(before)s
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
DEVICES = """
DELETE FROM device WHERE id IN (
    SELECT id FROM device WHERE account_id = %(account_id)s
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


# What counts against the address just now; as many rows as a budget has, and one lock.
LOCK_OF_EMAIL = "DELETE FROM lockout WHERE subject = 'address:' || %(email_key)s"
COUNTED = """
DELETE FROM attempt
WHERE subject = 'address:' || %(email_key)s AND verdict IN ('pending', 'wrong')
"""


@dataclass(frozen=True)
class Forgetting:
    database: Database

    def release(self, email_key: str) -> None:
        """The address has its whole budget again; belongs inside a transaction."""
        self.database.run(LOCK_OF_EMAIL, email_key=email_key)
        self.database.run(COUNTED, email_key=email_key)

    def forget(self, account_id: UUID, *, email_key: str, before: datetime) -> int:
        """The number of rows that went; `before` is when the account was deleted."""
        return (
            sweep(self.database, OF_EMAIL, email_key=email_key, before=before)
            + sweep(self.database, OF_DEVICES, account_id=account_id)
            + sweep(self.database, LOCKOUTS, email_key=email_key, before=before)
            + sweep(self.database, DEVICES, account_id=account_id)
        )
