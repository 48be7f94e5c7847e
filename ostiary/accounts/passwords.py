"""Which passwords are good enough (NIST SP 800-63B-4 §3.1.1.2): long and not guessed early."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby, pairwise
from unicodedata import category

from ostiary.errors import PasswordUnacceptable, Reason
from ostiary.platform.hashing import LONGEST_INPUT, LONGEST_PASSWORD, normalise

UNPRINTABLE = {"Cc", "Cs"}
# Unicode's Default_Ignorable_Code_Point, and what else is drawn as nothing.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013441\U00013442\U00016fe4"
    "\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
OWN_NAME = "ostiary"
SHORTEST_WORD = 4
LONGEST_TAIL = 4
WORD = ("L", "M")
TAIL = ("N", "P", "S", "Z")

REASONS: Mapping[str, str] = {
    "password_too_short": "The password is shorter than {minimum} characters.",
    "password_too_long": "The password is longer than {maximum} characters.",
    "password_unprintable": "The password contains control characters.",
    "password_invisible": "The password has no characters that can be seen.",
    "password_repeats_one_character": "The password is one character again and again.",
    "password_is_a_sequence": "The password is a mere sequence, such as abcdefgh or 87654321.",
    "password_common": "The password is one of the most common ones.",
    "password_is_email": "The password is little more than the address.",
    "password_is_service_name": "The password is little more than the name of this service.",
}


@dataclass(frozen=True)
class PasswordPolicy:
    """Knows nothing about composition; `names` are what the service and its host are called."""

    shortest: int
    names: tuple[str, ...] = ()

    def check(self, password: str, *, email: str) -> None:
        """Raises `PasswordUnacceptable` with the first reason that there is."""
        self._check_length(password)
        if any(category(character) in UNPRINTABLE for character in password):
            raise _unacceptable("password_unprintable")
        folded = _folded(password)
        if reason := _simplicity(folded):
            raise _unacceptable(reason)
        if any(_is_little_more_than(name, folded) for name in _names_of(email)):
            raise _unacceptable("password_is_email")
        if any(_is_little_more_than(word, folded) for word in self._words):
            raise _unacceptable("password_is_service_name")

    def _check_length(self, password: str) -> None:
        length = len(password) if len(password) > LONGEST_INPUT else len(normalise(password))
        if length > LONGEST_PASSWORD:
            raise _unacceptable("password_too_long", maximum=LONGEST_PASSWORD)
        if length < self.shortest:
            raise _unacceptable("password_too_short", minimum=self.shortest)

    @cached_property
    def _words(self) -> frozenset[str]:
        text = " ".join(_folded(each) for name in self.names for each in (name, _in_letters(name)))
        runs = ("".join(run) for is_word, run in groupby(text, _is_of_a_word) if is_word)
        return frozenset({OWN_NAME, *(word for word in runs if len(word) >= SHORTEST_WORD)})


def _unacceptable(code: str, **numbers: int) -> PasswordUnacceptable:
    return PasswordUnacceptable(Reason(code, REASONS[code].format_map(numbers), **numbers))


def _folded(text: str) -> str:
    """What is left to compare: without case, what cannot be seen, and blanks at the ends."""
    return INVISIBLE.sub("", normalise(text).casefold()).strip()


def _simplicity(folded: str) -> str | None:
    if not folded:
        return "password_invisible"
    if len(set(folded)) == 1:
        return "password_repeats_one_character"
    if _is_sequence(folded) or _is_sequence(folded[::-1]):
        return "password_is_a_sequence"
    return "password_common" if folded in common_passwords() else None


def _is_sequence(folded: str) -> bool:
    """Each character follows the one before it, as 0 does 9 on a keyboard."""
    return all(
        ord(after) - ord(before) == 1 or (before, after) == ("9", "0")
        for before, after in pairwise(folded)
    )


def _is_little_more_than(name: str, folded: str) -> bool:
    """The name itself, or with a tail of up to four digits and signs."""
    tail = folded.removeprefix(name)
    if not folded.startswith(name) or len(tail) > LONGEST_TAIL:
        return False
    return all(category(character)[0] in TAIL for character in tail)


def _names_of(email: str) -> Iterator[str]:
    local, _, domain = email.rpartition("@")
    spellings = (email, local, f"{local}@{_in_letters(domain)}")
    return filter(None, map(_folded, spellings))


def _is_of_a_word(character: str) -> bool:
    return category(character)[0] in WORD


def _in_letters(host: str) -> str:
    """A host as people read it; what has no punycode (RFC 3492) in it stays as it is."""
    return ".".join(map(_label_in_letters, host.split(".")))


def _label_in_letters(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    with suppress(UnicodeError):
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    return label


@cache
def common_passwords() -> frozenset[str]:
    """Some 30,000, from zxcvbn, which takes a moment to import."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"])
