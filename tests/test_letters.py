"""A letter reads the same as text and as HTML, and says nothing that a stranger typed."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from uuid import UUID

import jinja2
import pytest

from ostiary.courier.letters import Letter, Letters

PROMISE = UUID("0190b5f0-0000-7000-8000-000000000001")
TOKEN = "t0ken_-" * 6
LINK = f"https://accounts.example.com/verify-email?token={TOKEN}"


@pytest.fixture
def letters() -> Letters:
    return Letters(
        "Ostiary <noreply@example.com>",
        "https://accounts.example.com",
        lambda: datetime(2026, 11, 5, 12, tzinfo=UTC),
    )


@pytest.fixture
def verification(letters: Letters) -> Letter:
    return write_verification(letters)


def write_verification(
    letters: Letters, *, to: str = "ann@example.org", valid_for: timedelta = timedelta(days=1)
) -> Letter:
    return letters.compose(
        "verification", to=to, promise_id=PROMISE, token=TOKEN, valid_for=valid_for
    )


def read(letter: Letter) -> EmailMessage:
    message = message_from_bytes(letter.as_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.words = ""
        self.feed(re.sub("<style.*?</style>", "", html, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.setdefault(tag, dict(attrs))

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"


class TestTheVerificationLetter:
    def test_names_the_service_in_its_subject(self, verification: Letter) -> None:
        assert verification.subject == "Confirm your address for accounts.example.com"

    def test_has_its_link_on_a_line_of_its_own(self, verification: Letter) -> None:
        assert LINK in verification.text.splitlines()

    def test_has_the_link_behind_words_too(self, verification: Letter) -> None:
        page = Page(verification.html)
        assert page.attributes["a"]["href"] == LINK
        assert "Confirm this address" in page.words

    def test_shows_where_the_link_leads(self, verification: Letter) -> None:
        assert LINK in Page(verification.html).words

    @pytest.mark.parametrize(
        ("valid_for", "words"),
        [
            (timedelta(days=1), "24 hours"),
            (timedelta(hours=1), "1 hour."),
            (timedelta(minutes=90), "90 minutes"),
            (timedelta(seconds=3), "1 minute."),
        ],
    )
    def test_says_how_long_the_link_works(
        self, letters: Letters, valid_for: timedelta, words: str
    ) -> None:
        assert f"works for {words}" in write_verification(letters, valid_for=valid_for).text

    def test_does_not_show_its_token_in_a_log(self, verification: Letter) -> None:
        assert TOKEN not in repr(verification)

    def test_is_not_written_without_a_token(self, letters: Letters) -> None:
        with pytest.raises(jinja2.UndefinedError, match="token"):
            letters.compose("verification", to="a@example.org", promise_id=PROMISE)


class TestTheLetterToAKnownAddress:
    def test_says_so_without_a_link(self, letters: Letters) -> None:
        letter = letters.compose("already_registered", to="a@example.org", promise_id=PROMISE)
        assert "already" in letter.subject
        assert "http" not in letter.text
        assert "a" not in Page(letter.html).tags


class TestWhatAStrangerTyped:
    NAME = 'Win \u202e at https://evil.example\r\nBcc: all@example.com <script>"'

    def test_is_in_no_letter_to_an_address_not_proven(self, letters: Letters) -> None:
        letter = letters.compose(
            "verification",
            to="ann@example.org",
            promise_id=PROMISE,
            token=TOKEN,
            valid_for=timedelta(days=1),
            display_name=self.NAME,
        )
        assert letter == write_verification(letters)

    def test_cannot_leave_its_place_in_the_page(self, letters: Letters) -> None:
        letter = letters.compose(
            "verification",
            to="ann@example.org",
            promise_id=PROMISE,
            token='"><script>',
            valid_for=timedelta(days=1),
        )
        assert "script" not in Page(letter.html).tags

    def test_cannot_add_a_header(self, verification: Letter) -> None:
        with pytest.raises(ValueError, match="linefeed"):
            replace(verification, subject="Hello\r\nBcc: all@example.com").as_bytes()


class TestOnAPhoneOrReadAloud:
    def test_has_a_language_and_one_heading(self, verification: Letter) -> None:
        page = Page(verification.html)
        assert page.attributes["html"]["lang"] == "en"
        assert page.tags.count("h1") == 1

    def test_loads_nothing(self, verification: Letter) -> None:
        assert not {"img", "script", "link", "iframe"} & set(Page(verification.html).tags)

    def test_carries_its_styles_in_its_elements(self, verification: Letter) -> None:
        assert "background-color" in str(Page(verification.html).attributes["a"]["style"])

    def test_leaves_text_and_background_to_the_reader(self, verification: Letter) -> None:
        assert "color" not in str(Page(verification.html).attributes["main"]["style"])

    def test_says_in_html_every_word_of_the_text(self, verification: Letter) -> None:
        spoken = " ".join(Page(verification.html).words.split())
        assert all(
            " ".join(paragraph.split()) in spoken for paragraph in verification.text.split("\n\n")
        )


class TestTheHeaders:
    def test_are_those_of_an_automatic_letter(self, verification: Letter) -> None:
        message = read(verification)
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["X-Auto-Response-Suppress"] == "All"
        assert message["From"] == "Ostiary <noreply@example.com>"
        assert message["To"] == "ann@example.org"
        assert message["Date"] == "Thu, 05 Nov 2026 12:00:00 +0000"

    def test_have_the_same_message_id_at_every_retry(self, verification: Letter) -> None:
        assert read(verification)["Message-ID"] == f"<{PROMISE}@accounts.example.com>"

    def test_leave_text_and_html_to_choose_from(self, verification: Letter) -> None:
        parts = [part.get_content_type() for part in read(verification).walk()]
        assert parts == ["multipart/alternative", "text/plain", "text/html"]

    def test_survive_the_longest_address(self, letters: Letters) -> None:
        to = f"{'x' * 64}@{'y' * 63}.{'z' * 63}.example.com"
        assert read(write_verification(letters, to=to))["To"] == to


class TestAnAddressBeyondAscii:
    def test_has_its_domain_written_in_ascii(self, letters: Letters) -> None:
        letter = write_verification(letters, to="ann@straße.de")
        assert letter.recipient == "ann@xn--strae-oqa.de"
        assert not letter.is_international

    def test_needs_an_international_server_for_its_local_part(self, letters: Letters) -> None:
        letter = write_verification(letters, to="jürgen@example.org")
        assert letter.is_international
        assert "To: jürgen@example.org\r\n" in letter.as_bytes().decode()

    @pytest.mark.parametrize(
        "address",
        ["", "ann", "ann@", "@b.de", "a@b.de,c@d.de", "a@b.de\r\nDATA", "a b@c.de", "<a@b.de>"],
    )
    def test_is_refused_when_it_is_none(self, letters: Letters, address: str) -> None:
        with pytest.raises(ValueError, match="address"):
            _ = write_verification(letters, to=address).recipient
