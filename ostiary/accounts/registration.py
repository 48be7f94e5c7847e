"""Registration: the letter proves the mailbox, and the password picks the registration."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ostiary.accounts.emails import EmailRules
from ostiary.accounts.letter_tokens import Purpose, Recipient
from ostiary.accounts.models import Account
from ostiary.accounts.opening import Opening
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.accounts.pending_registrations import Applicant, PendingRegistrations
from ostiary.accounts.profiles import Profile, profile_of
from ostiary.accounts.together import Together
from ostiary.accounts.token_letters import TokenLetters
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.errors import EmailTaken
from ostiary.events import AccountOpened, KnownAddressRegistered, RegistrationReceived
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.emails import email_key
from ostiary.platform.hashing import Hashing
from ostiary.platform.identifiers import new_id
from ostiary.platform.timing import padded
from ostiary.protection.limits import Limits


@dataclass(frozen=True)
class Registration:
    database: Database
    outbox: Outbox
    registrations: PendingRegistrations
    opening: Opening
    token_letters: TokenLetters
    hashing: Hashing
    emails: EmailRules
    policy: PasswordPolicy
    limits: Limits
    now: Clock
    letter_life: timedelta
    verification_required: bool

    def register(
        self,
        email: str,
        password: str,
        *,
        client: str,
        display_name: str | None = None,
        locale: str | None = None,
    ) -> Profile | None:
        """None while the address has to be proven first, whether or not it is known.

        A registration is kept whatever the limit of letters says. Raises `EmailUnacceptable`,
        `PasswordUnacceptable`, `Unacceptable` where both are at fault, and `EmailTaken` only where
        accounts open without proof.
        """
        email = self._accept(email, password)
        applicant = Applicant(email, self.hashing.hash(password), display_name, locale)
        if not self.verification_required:
            self._ensure_free(email)
        with padded(), self.limits.promising_letter("proof", email_key(email)) as may_write:
            if not self.verification_required:
                return self._open(applicant, client, may_write=may_write)
            self._keep(applicant, client, may_write=may_write)
        return None

    def send_already_registered_email(self, promise: Claimed) -> None:
        account = Account.get_or_none(Account.id == UUID(promise.event["account_id"]))
        if account is None or account.disabled_at is not None:
            raise NotWanted
        recipient = Recipient(account.email, account.id)
        self.token_letters.send("already_registered", Purpose.RESET, promise, recipient)

    def _accept(self, email: str, password: str) -> str:
        """The email as it is kept; every fault of the two is named at once."""
        checks = Together()
        with checks:
            email = self.emails.accept(email)
        with checks:
            self.policy.check(password, email=email)
        checks.refuse()
        return email

    def _ensure_free(self, email: str) -> None:
        """Before a letter is counted: an address that is taken gets none."""
        if Account.select().where(Account.email_key == email_key(email)).exists():
            raise EmailTaken

    def _keep(self, applicant: Applicant, client: str, *, may_write: bool) -> None:
        registration_id = new_id()
        with self.database.atomic():
            known = self.registrations.keep(registration_id, applicant, client=client)
            if may_write and known:
                self.outbox.record(
                    KnownAddressRegistered(account_id=known, keep_until=self._letters_end)
                )
            elif may_write:
                self._record(client, registration_id=registration_id)

    def _open(self, applicant: Applicant, client: str, *, may_write: bool) -> Profile:
        with self.database.atomic():
            account = self.opening.open(applicant, is_proven=False)
            if account is not None:
                self.outbox.record(AccountOpened(account_id=account.id, by="registration"))
            if account is not None and may_write:
                self._record(client, account_id=account.id)
        if account is None:
            raise EmailTaken
        return profile_of(account)

    def _record(
        self, client: str, *, registration_id: UUID | None = None, account_id: UUID | None = None
    ) -> None:
        self.outbox.record(
            RegistrationReceived(
                registration_id=registration_id,
                account_id=account_id,
                client=client,
                keep_until=self._letters_end,
            )
        )

    @property
    def _letters_end(self) -> datetime:
        return self.now() + self.letter_life
