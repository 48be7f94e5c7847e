"""Pending registrations: each has a password of its own until the mailbox is proven."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from ostiary.accounts.models import PendingRegistration
from ostiary.courier.outbox import Outbox
from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.emails import email_key

MOST_PER_MAILBOX = 20
REMEMBERED = timedelta(days=30)

# Held while it is decided what belongs to the owner of a mailbox.
LOCK_MAILBOX = "SELECT pg_advisory_xact_lock(hashtextextended(%(email_key)s, 0))"
# One statement for a known and an unknown email, so that both take the same time.
KEEP = f"""
{LOCK_MAILBOX};
WITH known AS (
    SELECT id FROM account WHERE email_key = %(email_key)s AND email_verified_at IS NOT NULL),
surplus AS (
    DELETE FROM pending_registration WHERE id IN (
        SELECT id FROM pending_registration WHERE email_key = %(email_key)s
        ORDER BY created_at DESC, id DESC OFFSET %(others)s)
    RETURNING id),
kept AS (
    INSERT INTO pending_registration
        (id, email, email_key, display_name, locale, password_hash, client, created_at)
    SELECT %(id)s, %(email)s, %(email_key)s, %(display_name)s, %(locale)s, %(password_hash)s,
        %(client)s, %(now)s
    WHERE NOT EXISTS (SELECT FROM known))
SELECT (SELECT id FROM known) AS account_id, ARRAY(SELECT id FROM surplus) AS surplus
"""
ABANDONED = """
DELETE FROM pending_registration WHERE id IN (
    SELECT id FROM pending_registration WHERE created_at < %(before)s
    ORDER BY created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class Applicant(NamedTuple):
    """Who wants an account: the email as typed, the hash of the chosen password, and the rest."""

    email: str
    password_hash: str
    display_name: str | None = None
    locale: str | None = None


@dataclass(frozen=True)
class PendingRegistrations:
    database: Database
    outbox: Outbox
    now: Clock

    def keep(self, registration_id: UUID, applicant: Applicant, *, client: str) -> UUID | None:
        """The id of the proven account that has the email already; then nothing is kept.

        Only the newest 20 of a mailbox stay. Belongs inside a transaction.
        """
        row = self.database.fetch_all(
            KEEP,
            id=registration_id,
            email_key=email_key(applicant.email),
            client=client,
            now=self.now(),
            others=MOST_PER_MAILBOX - 1,
            **applicant._asdict(),
        )[0]
        if row.surplus:
            self.outbox.forget(*row.surplus)
        known: UUID | None = row.account_id
        return known

    def find(self, registration_id: UUID) -> PendingRegistration | None:
        return PendingRegistration.get_or_none(PendingRegistration.id == registration_id)

    def void(self, email_key: str, *, account_id: UUID) -> None:
        """Removes those of the account's mailbox; belongs inside a transaction."""
        gone = (
            PendingRegistration.delete()
            .where(PendingRegistration.email_key == email_key)
            .returning(PendingRegistration.id)
        )
        if ids := [row.id for row in gone.execute()]:
            self.outbox.attribute(ids, account_id=account_id)

    def prune(self) -> int:
        """Removes those that waited for a month; the number of them."""
        return sweep(self.database, ABANDONED, before=self.now() - REMEMBERED)
