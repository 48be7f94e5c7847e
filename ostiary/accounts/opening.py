"""Opening: an account begins, and the registrations of its mailbox that wait are void."""

from collections.abc import Collection
from dataclasses import dataclass

from ostiary.accounts.models import Account
from ostiary.accounts.pending_registrations import Applicant, PendingRegistrations
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.emails import email_key
from ostiary.platform.identifiers import new_id


@dataclass(frozen=True)
class Opening:
    database: Database
    registrations: PendingRegistrations
    now: Clock

    def open(
        self, applicant: Applicant, *, roles: Collection[str] = (), is_proven: bool
    ) -> Account | None:
        """None when the email has an account already, proven or not.

        Belongs inside a transaction, which records what was opened and why.
        """
        account = self._insert(applicant, roles, is_proven=is_proven)
        if account is not None and is_proven:
            self.registrations.void(account.email_key, account_id=account.id)
        return account

    def _insert(
        self, applicant: Applicant, roles: Collection[str], *, is_proven: bool
    ) -> Account | None:
        now = self.now()
        inserted = (
            Account.insert(
                id=new_id(),
                email_key=email_key(applicant.email),
                roles=sorted(roles),
                created_at=now,
                email_verified_at=now if is_proven else None,
                **applicant._asdict(),
            )
            .on_conflict_ignore()
            .returning(Account)
            .execute()
        )
        return next(iter(inserted), None)
