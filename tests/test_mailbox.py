"""The development mailbox takes every letter and shows it without asking the internet."""

import json
import re
import smtplib
import subprocess
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from http.client import HTTPConnection
from typing import Any, NamedTuple

import pytest
import requests

from tests.source_tree import HOUSE
from tests.test_command_line import COMMAND
from workshop.mailbox import Mailbox
from workshop.mailbox.letters import read_letter
from workshop.mailbox.samples import SAMPLES

TEMPLATES = HOUSE / "ostiary/courier/letters"
HOSTILE = "<script>fetch('https://evil.example')</script><img src='https://evil.example/x.gif'>"


class Answer(NamedTuple):
    status: int
    body: str
    policy: str


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as running:
        yield running


def send(mailbox: Mailbox, *, to: str = "ada@example.com", html: str = "", **headers: str) -> None:
    letter = EmailMessage()
    letter["To"], letter["From"] = to, "ostiary@example.com"
    letter["Subject"] = headers.get("subject", "Welcome")
    letter.set_content(headers.get("text", "Hello."))
    if html:
        letter.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as client:
        client.send_message(letter)


def ask(mailbox: Mailbox, path: str, *, method: str = "GET") -> Answer:
    with closing(HTTPConnection("localhost", mailbox.http_port, timeout=5)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        policy = answer.getheader("Content-Security-Policy", "")
        return Answer(answer.status, answer.read().decode(), policy)


def call(mailbox: Mailbox, call_id: str, content: str) -> int:
    headers = {"webhook-id": call_id}
    answer = requests.post(mailbox.webhook_url, data=content, headers=headers, timeout=5)
    return answer.status_code


def messages(mailbox: Mailbox, to: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ask(mailbox, f"/api/messages{to}").body)
    return found


class TestTheApi:
    def test_lists_letters_newest_first(self, mailbox: Mailbox) -> None:
        send(mailbox, subject="first")
        send(mailbox, subject="second")
        assert [each["subject"] for each in messages(mailbox)] == ["second", "first"]

    def test_tells_what_a_letter_says(self, mailbox: Mailbox) -> None:
        send(mailbox, text="Ünïcode: http://localhost:3000/verify-email?token=abc.")
        (letter,) = messages(mailbox)
        assert letter["to"] == "ada@example.com"
        assert letter["text"].startswith("Ünïcode")
        assert letter["links"] == ["http://localhost:3000/verify-email?token=abc"]

    def test_selects_by_addressee_whatever_the_case(self, mailbox: Mailbox) -> None:
        send(mailbox, to="ada+1@example.com")
        send(mailbox, to="grace@example.com")
        assert len(messages(mailbox, "?to=ADA%2B1@example.com")) == 1
        assert messages(mailbox, "?to=nobody@example.com") == []

    def test_tells_only_those_after_one_that_is_known(self, mailbox: Mailbox) -> None:
        send(mailbox, subject="first")
        known = mailbox.letters()[0].id
        send(mailbox, subject="second")
        assert [each["subject"] for each in messages(mailbox, f"?after={known}")] == ["second"]
        assert len(messages(mailbox, "?after=forgotten")) == 2

    def test_gives_links_of_text_and_html_once_each(self, mailbox: Mailbox) -> None:
        html = '<a href="https://a.example/?x=1&amp;y=2">a</a><a href="https://b.example/">b</a>'
        send(mailbox, text="See https://b.example/", html=html)
        links = ["https://b.example/", "https://a.example/?x=1&y=2"]
        assert messages(mailbox)[0]["links"] == links

    def test_can_be_emptied(self, mailbox: Mailbox) -> None:
        send(mailbox)
        assert ask(mailbox, "/api/messages", method="DELETE").status == 204
        assert messages(mailbox) == []


class TestTheSlot:
    def test_refuses_letters_while_it_is_closed_and_loses_none(self, mailbox: Mailbox) -> None:
        send(mailbox, subject="before")
        assert ask(mailbox, "/api/closed", method="PUT").status == 204
        with pytest.raises(ConnectionRefusedError):
            send(mailbox)
        ask(mailbox, "/api/closed", method="DELETE")
        send(mailbox, subject="after")
        assert [each["subject"] for each in messages(mailbox)] == ["after", "before"]

    def test_may_be_closed_and_opened_twice(self, mailbox: Mailbox) -> None:
        for method in ("PUT", "PUT", "DELETE", "DELETE"):
            assert ask(mailbox, "/api/closed", method=method).status == 204
        send(mailbox)


class TestTheWebhook:
    def test_keeps_calls_newest_first(self, mailbox: Mailbox) -> None:
        call(mailbox, "one", '{"type": "alert.firing"}')
        call(mailbox, "two", '{"type": "alert.resolved"}')
        calls = json.loads(ask(mailbox, "/api/calls").body)
        assert [each["webhook_id"] for each in calls] == ["two", "one"]
        assert calls[1]["body"] == {"type": "alert.firing"}

    def test_tells_only_those_after_one_that_is_known(self, mailbox: Mailbox) -> None:
        call(mailbox, "one", "{}")
        known = mailbox.calls()[0].id
        call(mailbox, "two", "{}")
        calls = json.loads(ask(mailbox, f"/api/calls?after={known}").body)
        assert [each["webhook_id"] for each in calls] == ["two"]

    @pytest.mark.parametrize("content", ["", "[]", "{"])
    def test_refuses_what_is_no_call(self, mailbox: Mailbox, content: str) -> None:
        assert call(mailbox, "one", content) == 400
        assert mailbox.calls() == []


class TestTheCommand:
    def test_runs_it_until_it_is_told_to_stop(self) -> None:
        mailbox = Mailbox()
        ports = ["--smtp-port", str(mailbox.smtp_port), "--http-port", str(mailbox.http_port)]
        running = subprocess.Popen([COMMAND, "mailbox", *ports], stdout=subprocess.PIPE, text=True)
        assert running.stdout
        assert str(mailbox.smtp_port) in running.stdout.readline()
        send(mailbox)
        call(mailbox, "one", "{}")
        assert len(messages(mailbox)) == len(json.loads(ask(mailbox, "/api/calls").body)) == 1
        running.terminate()
        assert running.wait(20) == 0


class TestThePages:
    def test_list_letters(self, mailbox: Mailbox) -> None:
        send(mailbox, subject="<b>Bold</b>")
        page = ask(mailbox, "/")
        assert "&lt;b&gt;Bold&lt;/b&gt;" in page.body
        assert page.policy.startswith("default-src 'none'")

    def test_show_a_letter_with_its_links(self, mailbox: Mailbox) -> None:
        send(mailbox, text="Go to https://example.com/go now")
        page = ask(mailbox, f"/letters/{mailbox.letters()[0].id}")
        assert '<a href="https://example.com/go"' in page.body

    def test_show_html_in_a_sandbox_that_fetches_nothing(self, mailbox: Mailbox) -> None:
        send(mailbox, html=HOSTILE)
        policy = ask(mailbox, f"/letters/{mailbox.letters()[0].id}/html").policy
        assert policy.startswith("sandbox allow-popups")
        assert "default-src 'none'" in policy
        assert "allow-scripts" not in policy

    @pytest.mark.parametrize("path", ["/nothing", "/letters/unknown", "/assets/../page.html"])
    def test_say_404_to_anything_else(self, mailbox: Mailbox, path: str) -> None:
        assert ask(mailbox, path).status == 404

    @pytest.mark.parametrize("asset", ["mailbox.css", "mailbox.js"])
    def test_bring_their_own_assets(self, mailbox: Mailbox, asset: str) -> None:
        assert ask(mailbox, f"/assets/{asset}").status == 200


class TestTheSamples:
    def test_are_of_every_letter_there_is(self, mailbox: Mailbox) -> None:
        page = ask(mailbox, "/samples")
        shown = set(re.findall(r"/letters/sample\.(\w+)", page.body))
        assert shown == {template.stem for template in TEMPLATES.glob("*.txt")}

    @pytest.mark.parametrize("name", SAMPLES)
    def test_are_shown_as_text_and_as_html(self, mailbox: Mailbox, name: str) -> None:
        assert "<pre>" in ask(mailbox, f"/letters/sample.{name}").body
        assert '<html lang="en"' in ask(mailbox, f"/letters/sample.{name}/html").body

    def test_are_in_no_mailbox(self, mailbox: Mailbox) -> None:
        ask(mailbox, "/samples")
        assert messages(mailbox) == []


class TestALetterThatIsBroken:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\xfe\x00",
            b"Subject: =?utf-8?b?broken\r\nTo: <<>>\r\n\r\nbody",
            b"Content-Type: text/plain; charset=klingon\r\n\r\nqapla'",
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
        ],
    )
    def test_is_shown_as_well_as_it_can_be(self, content: bytes) -> None:
        assert read_letter(content, ["ada@example.com"]).to == "ada@example.com"
