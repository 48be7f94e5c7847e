"""Which e-mail addresses can have an account; they are shown as typed, and compared by key."""

from dataclasses import dataclass

from email_validator import validate_email

from ostiary.errors import EmailUnacceptable
from ostiary.platform.emails import LONGEST_EMAIL, ensure_one_mailbox


@dataclass(frozen=True)
class EmailRules:
    """`strict` refuses domains that only work on a local network, such as `.test`."""

    strict: bool

    def accept(self, email: str) -> str:
        """The address as it is kept; raises `EmailUnacceptable` with what is wrong with it."""
        email = email.strip()
        if len(email) > LONGEST_EMAIL:
            raise EmailUnacceptable(
                f"The address is longer than {LONGEST_EMAIL} characters.",
                code="too_long",
                maximum=LONGEST_EMAIL,
            )
        try:
            self._ensure_valid(email)
            ensure_one_mailbox(email)
        except ValueError as problem:
            raise EmailUnacceptable(str(problem)) from None
        return email

    def _ensure_valid(self, email: str) -> None:
        validate_email(
            email,
            check_deliverability=False,
            test_environment=not self.strict,
            globally_deliverable=self.strict,
        )
