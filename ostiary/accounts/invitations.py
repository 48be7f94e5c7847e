"""Invitations: an account is opened for its owner, who chooses the password by a letter."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from ostiary.accounts.emails import EmailRules
from ostiary.accounts.letter_tokens import Purpose, Recipient
from ostiary.accounts.models import Account
from ostiary.accounts.opening import Opening
from ostiary.accounts.pending_registrations import Applicant
from ostiary.accounts.token_letters import TokenLetters
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.errors import EmailTaken
from ostiary.events import AccountInvited
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database

# No password fits until the invited person has chosen one.
NO_PASSWORD = ""


@dataclass(frozen=True)
class Invitations:
    database: Database
    outbox: Outbox
    opening: Opening
    token_letters: TokenLetters
    emails: EmailRules
    now: Clock
    token_life: timedelta

    def invite(
        self,
        email: str,
        *,
        roles: Collection[str] = (),
        display_name: str | None = None,
        locale: str | None = None,
    ) -> UUID:
        """The id of the new account; raises `EmailUnacceptable` or `EmailTaken`."""
        applicant = Applicant(self.emails.accept(email), NO_PASSWORD, display_name, locale)
        with self.database.atomic():
            account = self.opening.open(applicant, roles=roles, is_proven=False)
            if account is not None:
                self.outbox.record(
                    AccountInvited(
                        account_id=account.id,
                        roles=tuple(account.roles),
                        keep_until=self.now() + self.token_life,
                    )
                )
        if account is None:
            raise EmailTaken
        return account.id

    def send_invitation_email(self, promise: Claimed) -> None:
        account = Account.get_or_none(Account.id == UUID(promise.event["account_id"]))
        if account is None or account.password_hash != NO_PASSWORD or account.disabled_at:
            raise NotWanted
        recipient = Recipient(account.email, account.id)
        self.token_letters.send("invitation", Purpose.INVITATION, promise, recipient)
