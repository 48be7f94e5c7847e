"""A letter on the wire: automatic, recognisable at every retry, to exactly one address."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.courier.letters import Letter
from tests.letter_samples import PROMISE, verification


def read(letter: Letter) -> EmailMessage:
    message = message_from_bytes(letter.as_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def contents(message: EmailMessage) -> list[str]:
    return [part.get_content() for part in message.iter_parts()]


class TestTheHeaders:
    def test_are_those_of_an_automatic_letter(self) -> None:
        message = read(verification())
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["X-Auto-Response-Suppress"] == "All"
        assert message["From"] == "Ostiary <noreply@example.com>"
        assert message["To"] == "ann@example.org"
        assert message["Date"] == "Thu, 05 Nov 2026 12:00:00 +0000"

    def test_have_the_same_message_id_at_every_retry(self) -> None:
        assert read(verification())["Message-ID"] == f"<{PROMISE}@accounts.example.com>"

    def test_leave_text_and_html_to_choose_from(self) -> None:
        parts = [part.get_content_type() for part in read(verification()).walk()]
        assert parts == ["multipart/alternative", "text/plain", "text/html"]

    def test_survive_the_longest_address(self) -> None:
        to = f"{'x' * 64}@{'y' * 63}.{'z' * 63}.example.com"
        assert read(verification(to=to))["To"] == to

    def test_cannot_be_added_by_a_subject(self) -> None:
        with pytest.raises(ValueError, match="linefeed"):
            replace(verification(), subject="Hello\r\nBcc: all@example.com").as_bytes()


class TestTheContent:
    @pytest.mark.parametrize("line", ["words", "Grüße", "a " * 1_000, "é" * 1_000])
    def test_arrives_as_it_was_written(self, line: str) -> None:
        message = read(replace(verification(), text=f"{line}\n.\n", html=f"<p>{line}"))
        assert [each.splitlines() for each in contents(message)] == [[line, "."], [f"<p>{line}"]]

    @pytest.mark.parametrize("line", ["words", "Grüße", "a " * 1_000, "é" * 1_000])
    def test_has_no_line_that_is_too_long_for_smtp(self, line: str) -> None:
        letter = replace(verification(), text=line, html=line)
        assert max(map(len, letter.as_bytes().split(b"\r\n"))) <= 998


class TestAnAddressBeyondAscii:
    def test_has_its_domain_written_in_ascii(self) -> None:
        letter = verification(to="ann@straße.de")
        assert letter.recipient == "ann@xn--strae-oqa.de"
        assert not letter.is_international

    def test_needs_an_international_server_for_its_local_part(self) -> None:
        letter = verification(to="jürgen@example.org")
        assert letter.is_international
        assert "To: jürgen@example.org\r\n" in letter.as_bytes().decode()

    @given(st.text() | st.from_regex(r"[\w\r\n<>,:;\u2028\u202e@. ]+@[\w.\r\n\u2028-]+"))
    def test_adds_no_header_whatever_it_is(self, address: str) -> None:
        try:
            message = read(verification(to=address))
        except ValueError:
            return
        assert message.keys() == read(verification()).keys()
        assert contents(message) == contents(read(verification()))

    @pytest.mark.parametrize(
        "address",
        ["", "ann", "ann@", "@b.de", "a@b.de,c@d.de", "a@b.de\r\nDATA", "a b@c.de", "<a@b.de>"],
    )
    def test_is_refused_when_it_is_none(self, address: str) -> None:
        with pytest.raises(ValueError, match="address"):
            _ = verification(to=address).recipient
