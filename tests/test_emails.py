"""Two e-mail addresses are the same when they are one mailbox, and one mailbox has one spelling."""

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter

import idna
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ostiary.accounts.emails import EmailRules
from ostiary.courier.letters.addresses import wire_address
from ostiary.errors import EmailUnacceptable
from ostiary.platform.emails import email_key, ensure_one_mailbox

# What browsers and mail systems drop (Default_Ignorable_Code_Point), and characters they turn
# into others, beside letters whose case or normal form has a story.
IGNORABLE = ["\u00ad", "\u034f", "\u115f", "\u200b", "\u200c", "\u200d", "\u2060", "\u3164"]
IGNORABLE += ["\ufe00", "\ufe0f", "\ufeff", "\uffa0", "\U000e0100"]
DOTS = [".", "\u3002", "\uff0e", "\uff61"]
LETTERS = [*"aAkiIs0-üÜß\u1e9e\u03c3ςΣ\u212a\u017f\u0130\u0131\u01c5\u01f0\u1f88\u0307\u0308\u0345"]
LETTERS += [*"\uff45\uff25ｶかが中\u2f00\u13a0\uab70\u10a0אب\u0661\u06f1\u0640\u0915\u094d😀"]
LETTERS += ["ss", "xn--", "J\u030c"]
GOOD = [*"aBküÜß\u03c3ςΣが\u0130", "J\u030c", "i\u0307", "ss"]
words = st.lists(st.sampled_from(GOOD), min_size=1, max_size=3).map("".join)
tricks = st.lists(st.sampled_from(LETTERS + IGNORABLE), min_size=1, max_size=4).map("".join)


def written(parts: st.SearchStrategy[str], dots: list[str]) -> st.SearchStrategy[str]:
    return st.builds("{}@{}{}example".format, parts, parts, st.sampled_from(dots))


def refused(email: str) -> bool:
    try:
        EmailRules(strict=False).accept(email)
    except EmailUnacceptable:
        return True
    return False


def mailbox(email: str) -> tuple[str, str]:
    """Where a careless mail system delivers: it drops what is invisible and folds what it can."""
    local, _, domain = email.strip().rpartition("@")
    visible = "".join(each for each in local if each not in IGNORABLE)
    labels = idna.uts46_remap(domain, std3_rules=False).split(".")
    return unicodedata.normalize("NFKC", visible.lower()), ".".join(map(on_the_wire, labels))


def on_the_wire(label: str) -> str:
    """By the codec of the standard library, where `idna` says that it is a label at all."""
    if label.isascii():
        return label
    idna.check_label(label)
    return f"xn--{label.encode('punycode').decode()}"


def with_a_labels(email: str) -> str:
    local, _, domain = email.rpartition("@")
    return f"{local}@{'.'.join(map(on_the_wire, domain.split('.')))}"


def with_domain(change: Callable[[str], str]) -> Callable[[str], str]:
    def respell(email: str) -> str:
        local, _, domain = email.rpartition("@")
        return f"{local}@{change(domain)}"

    return respell


def in_form(form: str) -> Callable[[str], str]:
    return lambda text: unicodedata.normalize(form, text)  # type: ignore[arg-type]


def in_full_width(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if each.isalnum() else each for each in text)


forms = [in_form(form) for form in ("NFC", "NFD", "NFKC", "NFKD")]
changes = [*forms, str.upper, str.lower, str.swapcase, str.title, str.casefold, in_full_width]
RESPELLINGS = [*changes, *map(with_domain, changes), with_a_labels, lambda email: f" {email}\u3000"]


acceptable = written(words, ["."]).filter(lambda email: not refused(email))
emails = acceptable | written(words | tricks, DOTS)


@st.composite
def respelt(draw: st.DrawFn, email: str) -> str:
    """Another spelling, sometimes with something invisible put in."""
    for respell in draw(st.lists(st.sampled_from(RESPELLINGS), min_size=1, max_size=2)):
        with suppress(UnicodeError):
            email = respell(email)
    place, invisible = draw(st.integers(0, len(email))), draw(st.sampled_from(IGNORABLE))
    return email[:place] + draw(st.sampled_from(["", "", invisible])) + email[place:]


pairs = (acceptable | emails).flatmap(
    lambda email: st.tuples(st.just(email), respelt(email) | emails)
)


class TestOneMailbox:
    @pytest.mark.parametrize(
        ("email", "other"),
        [
            ("Ann.Lee@Example.COM", " ann.lee@example.com\n"),
            ("v@bücher.example", "v@xn--bcher-kva.example"),
            ("v@BÜCHER.example", "v@XN--BCHER-KVA.example"),
            ("v@bu\u0308cher.example", "v@bücher.example"),
            ("v@ΟΔΟΣ.example", "v@οδο\u03c3.example"),
            ("v@STRAẞE.example", "v@straße.example"),
            ("v@\u13a0.example", "v@\uab70.example"),
            ("v@\u212aim.example", "v@kim.example"),
            ("JÜRGEN@example.com", "jürgen@example.com"),
            ("ΟΔΟΣ@example.com", "οδος@example.com"),
            ("\u0130@example.com", "i\u0307@example.com"),
        ],
    )
    def test_has_one_key(self, email: str, other: str) -> None:
        assert email_key(email) == email_key(other)

    @pytest.mark.parametrize(
        ("email", "other"),
        [
            ("v@straße.example", "v@strasse.example"),
            ("v@οδος.example", "v@οδο\u03c3.example"),
            ("v@bücher.example", "v@bucher.example"),
            ("straße@example.com", "strasse@example.com"),
            ("οδος@example.com", "οδο\u03c3@example.com"),
            ("\u0131@example.com", "i@example.com"),
        ],
    )
    def test_is_not_another(self, email: str, other: str) -> None:
        assert not refused(email)
        assert not refused(other)
        assert email_key(email) != email_key(other)

    @settings(max_examples=1_000)
    @given(pairs)
    @example(("v@STRAẞE.example", "v@STRASSE.example"))
    @example(("\u0130@b.example", "I\u0307@b.example"))
    @example(("k@b.example", "\u212a@b.example"))
    @example(("s@b.example", "\u017f@b.example"))
    @example(("a@b.example", "a@b\u3002example"))
    def test_is_the_same_key_and_has_no_key_of_a_refused_spelling(
        self, pair: tuple[str, str]
    ) -> None:
        accepted = [email for email in pair if not refused(email)]
        assume(accepted)
        same = len(accepted) == 2 and mailbox(pair[0]) == mailbox(pair[1])
        assert (email_key(pair[0]) == email_key(pair[1])) == same

    @given(acceptable)
    def test_is_where_the_letter_goes(self, email: str) -> None:
        _, _, domain = wire_address(email.strip()).rpartition("@")
        assert domain.lower() == email_key(email).rpartition("@")[2]


class TestASpellingThatAMailSystemChanges:
    @pytest.mark.parametrize(
        "email",
        [
            "v@exam\ufe0fple.com",
            "v@example\u3002com",
            "v@example\uff0ecom",
            "v@example\uff61com",
            "v@exam\u00adple.com",
            "v@exam\u200bple.com",
            "v@exam\u200cple.com",
            "v@exam\u200dple.com",
            "v@\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.com",
            "v@\u017ftrasse.example",
            "v@ex\u3164ample.com",
            "v\u3164@example.com",
            "v\u115f@example.com",
            "v\ufe0f@example.com",
            "v\U000e0100@example.com",
            "v\u200c@example.com",
            "v\u200d@example.com",
            "v\u00ad@example.com",
            "v\u3002w@example.com",
            "\uff56@example.com",
            "ｶ@example.com",
            "\u017f@example.com",
            "\u212aim@example.com",
            "ju\u0308rgen@example.com",
            "I\u0307@example.com",
            "v@xn--a.example",
            "v@xn---bbk.example",
            "v@XN--STRASSE-.example",
            "v@xn--bcher-kvb\u212a.example",
            "v@xn--.example",
            "v@example.com.",
            "v@example..com",
            "v@.example.com",
            "@example.com",
            "v@",
            "v",
            "",
            "x" * 250 + "@a.de",
            "x@" + "ü." * 100 + "de",
        ],
    )
    def test_is_refused_in_words(self, email: str) -> None:
        with pytest.raises(ValueError, match=r"^The (part|address) .+\.$"):
            ensure_one_mailbox(email)
        assert refused(email)

    @pytest.mark.parametrize(
        ("email", "reason"),
        [
            ("v@exam\ufe0fple.com", "after the @-sign .* U\\+FE0F \\(VARIATION SELECTOR-16\\)"),
            ("v\u3164@example.com", "before the @-sign .* U\\+3164 \\(HANGUL FILLER\\)"),
            ("ju\u0308rgen@example.com", "more usual form"),
            ("\u05d0v@example.com", "mixes characters"),
        ],
    )
    def test_is_told_with_the_character(self, email: str, reason: str) -> None:
        with pytest.raises(EmailUnacceptable, match=reason):
            EmailRules(strict=False).accept(email)

    @pytest.mark.parametrize("email", ["v@exam\ufe0fple.com", "v@example\u3002com"])
    def test_gets_no_letter(self, email: str) -> None:
        with pytest.raises(ValueError, match="after the @-sign"):
            wire_address(email)

    def test_is_compared_by_itself_in_lower_case(self) -> None:
        assert email_key(" V@Exam\ufe0fPLÉ.com") == "v@exam\ufe0fplÉ.com"


class TestAnAddress:
    @pytest.mark.parametrize(
        "email",
        ["Ann+tag@Example.COM", "jürgen@bücher.example", "דוד@example.com", "用户@例子.example"],
    )
    def test_is_kept_as_it_was_typed(self, email: str) -> None:
        assert EmailRules(strict=False).accept(f" {email} ") == email

    @pytest.mark.parametrize("email", ["ann@mail.test", "ann@localhost", "ann@mail"])
    def test_of_a_local_network_is_refused_in_production(self, email: str) -> None:
        with pytest.raises(EmailUnacceptable):
            EmailRules(strict=True).accept(email)

    def test_may_be_of_the_domain_for_tests_elsewhere(self) -> None:
        assert EmailRules(strict=False).accept("ann@mail.test") == "ann@mail.test"


class TestAKey:
    @given(acceptable)
    def test_is_an_address_with_that_key(self, email: str) -> None:
        ensure_one_mailbox(email_key(email))
        assert email_key(email_key(email)) == email_key(email)

    @given(emails)
    def test_of_an_unacceptable_address_is_its_own_key(self, email: str) -> None:
        assert email_key(email_key(email)) == email_key(email)

    @given(st.text(st.characters()) | st.builds("{0}@{0}.{0}".format, st.text(st.characters())))
    @example("ü\x00@\x00ü")
    @example("ü\udcff@xn--\udcff.ü")
    @example("v@xn--99999999999999999999.ü")
    def test_is_defined_for_every_text(self, text: str) -> None:
        assert email_key(text) == email_key(f"\u2003{text}\n")

    @given(st.text("0123456789abcdefXYZ-", max_size=60), st.sampled_from(["", "ü"]))
    def test_is_defined_for_every_a_label(self, code: str, local: str) -> None:
        assert email_key(f"{local}v@xn--{code}.com") == f"{local}v@xn--{code}.com".lower()

    @pytest.mark.parametrize(
        "part", ["a", "ü", "\u0315\u0300", "\ufdfa", "ü.", "\u0661", "xn--", " ", "@", "\udcff"]
    )
    def test_of_a_long_text_is_short_and_soon_there(self, part: str) -> None:
        text = part * (100_000 // len(part))
        started = perf_counter()
        keys = [email_key(text), email_key(f"ü@{text}"), email_key(f"{text}@{text}.com")]
        assert perf_counter() - started < 0.5
        assert max(map(len, keys)) <= 255
