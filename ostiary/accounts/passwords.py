"""Which passwords are good enough (NIST SP 800-63B-4 §3.1.1.2): long enough and not common."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from unicodedata import category

from ostiary.errors import PasswordUnacceptable, Reason
from ostiary.platform.hashing import LONGEST_INPUT, LONGEST_PASSWORD, normalise

UNPRINTABLE = {"Cc", "Cs"}

REASONS: Mapping[str, str] = {
    "password_too_short": "The password is shorter than {minimum} characters.",
    "password_too_long": "The password is longer than {maximum} characters.",
    "password_unprintable": "The password contains control characters.",
    "password_common": "The password is one of the most common ones.",
    "password_is_email": "The password is the address.",
}


@dataclass(frozen=True)
class PasswordPolicy:
    shortest: int

    def check(self, password: str, *, email: str) -> None:
        """Raises `PasswordUnacceptable` with the reason; there are no rules of composition."""
        if len(password) > LONGEST_INPUT or len(normalise(password)) > LONGEST_PASSWORD:
            raise _unacceptable("password_too_long", maximum=LONGEST_PASSWORD)
        if any(category(character) in UNPRINTABLE for character in password):
            raise _unacceptable("password_unprintable")
        folded = normalise(password).casefold()
        if len(normalise(password)) < self.shortest:
            raise _unacceptable("password_too_short", minimum=self.shortest)
        if folded in {normalise(email).casefold(), normalise(email).casefold().rpartition("@")[0]}:
            raise _unacceptable("password_is_email")
        if folded in common_passwords():
            raise _unacceptable("password_common")


def _unacceptable(code: str, **numbers: int) -> PasswordUnacceptable:
    return PasswordUnacceptable(Reason(code, REASONS[code].format_map(numbers), **numbers))


@cache
def common_passwords() -> frozenset[str]:
    """Some 30,000, from zxcvbn, which takes a moment to import."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"])
