"""A letter reads the same as text and as HTML, and says nothing that a stranger typed."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import jinja2
import pytest

from ostiary.watch.alerts.alert import Kind
from tests.letter_samples import LETTERS, PROMISE, TOKEN, alert, verification
from workshop.mailbox import Letter
from workshop.mailbox.samples import SAMPLES, sample

KNOWN: dict[str, Any] = {
    "to": "a@example.org",
    "promise_id": PROMISE,
    "token": TOKEN,
    "valid_for": timedelta(hours=1),
}
LINK = f"https://accounts.example.com/verify-email?token={TOKEN}"


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
    def test_names_the_service_in_its_subject(self) -> None:
        assert verification().subject == "Confirm your address for accounts.example.com"

    def test_has_its_link_on_a_line_of_its_own(self) -> None:
        assert LINK in verification().text.splitlines()

    def test_has_the_link_behind_words_too(self) -> None:
        page = Page(verification().html)
        assert page.attributes["a"]["href"] == LINK
        assert "Confirm this address" in page.words

    def test_shows_where_the_link_leads(self) -> None:
        assert LINK in Page(verification().html).words

    @pytest.mark.parametrize(
        ("valid_for", "words"),
        [
            (timedelta(days=1), "24 hours"),
            (timedelta(hours=1), "1 hour."),
            (timedelta(minutes=90), "90 minutes"),
            (timedelta(seconds=3), "1 minute."),
        ],
    )
    def test_says_how_long_the_link_works(self, valid_for: timedelta, words: str) -> None:
        assert f"works for {words}" in verification(valid_for=valid_for).text

    def test_does_not_show_its_token_in_a_log(self) -> None:
        assert TOKEN not in repr(verification())

    def test_is_not_written_without_a_token(self) -> None:
        with pytest.raises(jinja2.UndefinedError, match="token"):
            LETTERS.compose("verification", to="a@example.org", promise_id=PROMISE)


class TestTheLetterToAKnownAddress:
    def test_says_so_and_leads_to_a_new_password(self) -> None:
        letter = LETTERS.compose("already_registered", **KNOWN)
        assert "already" in letter.subject
        link = f"https://accounts.example.com/reset-password?token={TOKEN}"
        assert link in letter.text.splitlines()
        assert Page(letter.html).attributes["a"]["href"] == link


class TestAServiceWithAName:
    LETTERS = replace(LETTERS, app_name="Söhne & Co")

    def test_is_called_by_it(self) -> None:
        known = self.LETTERS.compose("already_registered", **KNOWN)
        assert known.subject == "You already have an account at Söhne & Co"
        assert "an account at Söhne & Co" in known.text
        assert "at accounts.example.com" not in known.text
        assert "Söhne & Co" in Page(known.html).words

    def test_keeps_its_host_in_the_ids_of_letters(self) -> None:
        known = self.LETTERS.compose("already_registered", **KNOWN)
        assert known.message_id == f"<{PROMISE}@accounts.example.com>"

    def test_tells_its_operators_which_of_its_stacks_it_is(self) -> None:
        told = alert(letters=self.LETTERS)
        assert told.subject == "Alert: postgres_unavailable at accounts.example.com"


class TestTheAlert:
    RUNBOOK = "https://accounts.example.com/docs/runbook#postgres-unavailable"

    def test_names_rule_and_service_in_its_subject(self) -> None:
        assert alert().subject == "Alert: postgres_unavailable at accounts.example.com"

    @pytest.mark.parametrize(("news", "word"), [("resolved", "Resolved"), ("test", "Test")])
    def test_says_at_once_that_nothing_is_to_be_done(self, news: Kind, word: str) -> None:
        assert alert(news).subject.startswith(f"{word}: ")

    def test_begins_with_what_is_wrong(self) -> None:
        assert alert().text.startswith("Postgres cannot be used: ")

    def test_leads_to_its_section_of_the_runbook(self) -> None:
        assert self.RUNBOOK in alert().text.splitlines()
        page = Page(alert().html)
        assert page.attributes["a"]["href"] == self.RUNBOOK
        assert "What to do" in page.words

    def test_names_the_alert_to_acknowledge(self) -> None:
        assert f"acknowledges alert {PROMISE}." in alert().text

    def test_says_how_long_it_lasted(self) -> None:
        assert alert("resolved").text.startswith("It is over. It lasted 90 minutes, from 12:00 UTC")

    def test_that_is_over_asks_for_nothing(self) -> None:
        assert "http" not in alert("resolved").text


class TestWhatAStrangerTyped:
    NAME = 'Win \u202e at https://evil.example\r\nBcc: all@example.com <script>"'

    def test_is_in_no_letter_to_an_address_not_proven(self) -> None:
        letter = LETTERS.compose(
            "verification",
            to="ann@example.org",
            promise_id=PROMISE,
            token=TOKEN,
            valid_for=timedelta(days=1),
            registered_at=datetime(2026, 11, 5, 12, tzinfo=UTC),
            network="192.0.2.0/24",
            display_name=self.NAME,
        )
        assert letter == verification()

    def test_cannot_leave_its_place_in_the_page(self) -> None:
        letter = verification(token='"><script>')
        assert "script" not in Page(letter.html).tags


class TestOnAPhoneOrReadAloud:
    @pytest.fixture(params=SAMPLES)
    def letter(self, request: pytest.FixtureRequest) -> Letter:
        return sample(request.param)

    def test_has_a_language_a_title_and_one_heading(self, letter: Letter) -> None:
        page = Page(letter.html)
        assert page.attributes["html"]["lang"] == "en"
        assert (page.tags.count("title"), page.tags.count("h1")) == (1, 1)

    def test_fits_a_narrow_screen(self, letter: Letter) -> None:
        assert 'name="viewport" content="width=device-width' in letter.html

    def test_loads_nothing(self, letter: Letter) -> None:
        assert not {"img", "script", "link", "iframe"} & set(Page(letter.html).tags)

    def test_leaves_text_and_background_to_the_reader(self, letter: Letter) -> None:
        assert "color" not in str(Page(letter.html).attributes["main"]["style"])

    def test_says_in_html_every_word_of_the_text(self, letter: Letter) -> None:
        spoken = " ".join(Page(letter.html).words.split())
        assert all(" ".join(part.split()) in spoken for part in letter.text.split("\n\n"))

    def test_names_the_service_in_its_subject(self, letter: Letter) -> None:
        assert "localhost" in letter.subject

    def test_carries_its_styles_in_its_elements(self) -> None:
        assert "background-color" in str(Page(verification().html).attributes["a"]["style"])

    def test_has_a_link_whose_words_say_where_it_leads(self, letter: Letter) -> None:
        words = re.findall(r"<a [^>]*>([^<]*)</a>", letter.html)
        assert all(len(each.split()) > 1 and "http" not in each for each in words)
