"""One function says when two e-mail addresses are the same: when their keys are equal."""

import re
import unicodedata
from functools import cache
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

import idna

if TYPE_CHECKING:
    from precis_i18n.profile import Profile

LONGEST_EMAIL = 254
LONGEST_DOMAIN = 253

_A_LABEL_PREFIX = "xn--"
_IN_LOWER_CASE = str.maketrans(ascii_uppercase, ascii_lowercase)
# Cherokee is the one script of which IDNA 2008 has the capitals, as Unicode folds to these.
_CHEROKEE = re.compile("[\u13a0-\u13fd\uab70-\uabbf]")


def email_key(email: str) -> str:
    """All spellings of a mailbox have one key: its local part and its A-labels in lower case.

    It is defined for every text. A spelling that `ensure_one_mailbox` refuses has a key as well,
    which is never the key of an acceptable address. The length is looked at before anything else:
    normal forms take quadratic time.
    """
    trimmed = email.strip()[: LONGEST_EMAIL + 1]
    if trimmed.isascii():
        return trimmed.lower()
    try:
        return _canonical(trimmed)
    except ValueError:
        return _key_of_unacceptable(trimmed)


def ensure_one_mailbox(email: str) -> None:
    """Raises ValueError with the reason for a spelling that a mail system changes on the way.

    Mail systems drop some characters (variation selectors, fillers) and turn others into the usual
    ones (full width, `。`), so one mailbox would have many spellings. The syntax of the address is
    not checked here.
    """
    _canonical(email.strip())


def ascii_domain(domain: str) -> str:
    """The A-labels of IDNA 2008 in lower case; raises ValueError with the reason.

    Labels of ASCII alone are not checked, except that one with the prefix `xn--` must be the
    A-label of something.
    """
    _ensure_shorter_than_limit(domain, LONGEST_DOMAIN, "The part after the @-sign")
    written = ".".join(map(_ascii_label, domain.split(".")))
    _ensure_shorter_than_limit(written, LONGEST_DOMAIN, "The part after the @-sign")
    return written


def _canonical(email: str) -> str:
    _ensure_shorter_than_limit(email, LONGEST_EMAIL, "The address")
    local, _, domain = email.rpartition("@")
    if not (local and all(domain.split("."))):
        raise ValueError("The address needs a name, an @-sign and a domain without empty parts.")
    key = f"{_local_form(local)}@{ascii_domain(domain)}"
    _ensure_shorter_than_limit(key, LONGEST_EMAIL, "The address")
    return key


def _ensure_shorter_than_limit(text: str, limit: int, what: str) -> None:
    if len(text) > limit:
        raise ValueError(f"{what} is longer than {limit} characters.")


def _local_form(local: str) -> str:
    """As PRECIS UsernameCaseMapped (RFC 8265) gives it; only its case may have been different."""
    if local.isascii():
        return local.lower()
    try:
        form = _usernames().enforce(local)
    except UnicodeEncodeError as problem:
        raise ValueError(_reason_before_the_at(problem)) from None
    # Case alone: the Kelvin sign, too, is a `k` in lower case, but its normal form is another.
    only_case = unicodedata.normalize("NFC", local.lower()) == form
    if not (only_case and unicodedata.is_normalized("NFC", local)):
        raise ValueError(
            "The part before the @-sign has characters that have another, more usual form."
        )
    return form


def _reason_before_the_at(problem: UnicodeEncodeError) -> str:
    if problem.end - problem.start > 1:
        return "The part before the @-sign mixes characters that names cannot mix (RFC 8265)."
    character = _named(problem.object[problem.start])
    return f"The part before the @-sign has a character that names cannot have: {character}."


def _ascii_label(label: str) -> str:
    if label.isascii() and not label.lower().startswith(_A_LABEL_PREFIX):
        return label.lower()
    try:
        return idna.alabel(_in_lower_case(label)).decode()
    except idna.IDNAError as problem:
        raise ValueError(_reason_after_the_at(problem)) from None


def _in_lower_case(label: str) -> str:
    """As browsers do, each character for itself: a capital sigma is never the final sigma."""
    return _normal("".join(map(_small, _normal(label))))


def _normal(label: str) -> str:
    return unicodedata.normalize("NFC", label)


def _small(character: str) -> str:
    return character.casefold() if _CHEROKEE.match(character) else character.lower()


def _reason_after_the_at(problem: idna.IDNAError) -> str:
    if problem.codepoint is None:
        return "The part after the @-sign is no domain name by IDNA 2008."
    character = _named(chr(problem.codepoint))
    return f"The part after the @-sign has a character that it cannot have there: {character}."


def _named(character: str) -> str:
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'without a name')})"


def _key_of_unacceptable(email: str) -> str:
    """The text in lower case, but for what is beyond ASCII.

    Where lower case makes it acceptable it stays as it is. `I` with U+0307 is refused, for it has
    a shorter normal form; `i` with U+0307 has none, and is the lower case of that form.
    """
    lowered = email.translate(_IN_LOWER_CASE)
    try:
        _canonical(lowered)
    except ValueError:
        return lowered
    return email


@cache
def _usernames() -> "Profile":
    """Loaded at the first address whose local part is beyond ASCII; there are few."""
    from precis_i18n import get_profile

    return get_profile("UsernameCaseMapped")
