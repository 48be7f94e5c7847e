"""Which passwords are good enough (NIST SP 800-63B-4 §3.1.1.2): long enough and not common."""

from dataclasses import dataclass
from functools import cache
from unicodedata import category

from ostiary.errors import PasswordUnacceptable
from ostiary.platform.hashing import LONGEST_INPUT, LONGEST_PASSWORD, normalise

UNPRINTABLE = {"Cc", "Cs"}


@dataclass(frozen=True)
class PasswordPolicy:
    shortest: int

    def check(self, password: str, *, email: str) -> None:
        """Raises `PasswordUnacceptable` with the reason; there are no rules of composition."""
        if len(password) > LONGEST_INPUT or len(normalise(password)) > LONGEST_PASSWORD:
            raise PasswordUnacceptable(
                f"The password is longer than {LONGEST_PASSWORD} characters."
            )
        if any(category(character) in UNPRINTABLE for character in password):
            raise PasswordUnacceptable("The password contains control characters.")
        folded = normalise(password).casefold()
        if len(normalise(password)) < self.shortest:
            raise PasswordUnacceptable(f"The password is shorter than {self.shortest} characters.")
        if folded in {normalise(email).casefold(), normalise(email).casefold().rpartition("@")[0]}:
            raise PasswordUnacceptable("The password is the address.")
        if folded in common_passwords():
            raise PasswordUnacceptable("The password is one of the most common ones.")


@cache
def common_passwords() -> frozenset[str]:
    """Some 30,000, from zxcvbn, which takes a moment to import."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"])
