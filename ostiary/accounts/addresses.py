"""Addresses: shown as typed, compared trimmed, NFKC and case-folded."""

import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from ostiary.errors import EmailUnacceptable

LONGEST_ADDRESS = 254


@dataclass(frozen=True)
class Addresses:
    """`strict` refuses domains that only work on a local network, such as `.test`."""

    strict: bool

    def accept(self, email: str) -> str:
        """The address as it is kept; raises `EmailUnacceptable` with what is wrong with it."""
        email = email.strip()
        if len(email) > LONGEST_ADDRESS:
            raise EmailUnacceptable(
                f"The address is longer than {LONGEST_ADDRESS} characters.",
                code="too_long",
                maximum=LONGEST_ADDRESS,
            )
        try:
            validate_email(
                email,
                check_deliverability=False,
                test_environment=not self.strict,
                globally_deliverable=self.strict,
            )
        except EmailNotValidError as problem:
            raise EmailUnacceptable(str(problem)) from None
        return email


def key_of(email: str) -> str:
    """All spellings of an address have one key; the length is looked at before the normal form."""
    trimmed = email.strip()[: LONGEST_ADDRESS + 1]
    folded = unicodedata.normalize("NFKC", trimmed).casefold()
    return unicodedata.normalize("NFKC", folded)
