"""An owner hears of every login on a device not used before, and of nothing a stranger typed."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.sessions.user_agents import program_of
from tests.app_client import PASSWORD, Door, OpenDoor
from workshop.mailbox import Letter

ADA = "ada@example.com"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
Later = Callable[..., None]

HOSTILE = [
    "Mozilla\r\nBcc: all@example.com",
    "<script>alert(1)</script>",
    "x\u2028\u2029\u0085Subject: win",
    "\u202emoc.live\u202c https://evil.example",
    "<b>Firefox/1</b> Linux <img src=//evil.example>",
    "{{ 7 * 7 }} {% raw %}",
    "Call-0900-555-now",
    "evil.example/1.0",
]


def log_in(door: Door, agent: str = LINUX, **headers: str) -> str:
    body = {"email": ADA, "password": PASSWORD}
    agents = {"User-Agent": agent, **headers}
    answered = door.send("POST", "/v1/auth/login", headers=agents, json=body)
    return str(answered.json["device_token"])


def notices(door: Door) -> list[Letter]:
    return [each for each in door.letters(ADA) if "new device" in each.subject]


class TestALogin:
    def test_that_is_the_very_first_is_no_news(self, door: Door) -> None:
        door.join(ADA)
        assert notices(door) == []

    def test_on_a_new_device_is_told(self, door: Door) -> None:
        door.join(ADA)
        log_in(door)
        (letter,) = notices(door)
        for fact in ("12:00 UTC on 1 March 2026", "127.0.0.1", "Firefox on Linux"):
            assert fact in letter.text

    def test_on_a_known_device_is_no_news(self, door: Door) -> None:
        device = door.join(ADA)["device_token"]
        log_in(door, **{"X-Device-Token": device})
        assert notices(door) == []

    def test_on_the_device_that_a_reset_gave_is_no_news(self, door: Door) -> None:
        door.join(ADA)
        door.post("/v1/auth/password/forgot", email=ADA)
        body = {"token": door.token(ADA), "password": PASSWORD}
        device = door.post("/v1/auth/password/reset", **body).json["device_token"]
        log_in(door, **{"X-Device-Token": device})
        assert notices(door) == []

    def test_after_a_reset_is_told_on_the_devices_that_ended(self, door: Door) -> None:
        device = door.join(ADA)["device_token"]
        door.post("/v1/auth/password/forgot", email=ADA)
        door.post("/v1/auth/password/reset", token=door.token(ADA), password=PASSWORD)
        log_in(door, **{"X-Device-Token": device})
        assert len(notices(door)) == 1

    def test_with_a_wrong_password_is_no_news(self, door: Door) -> None:
        door.join(ADA)
        door.log_in(ADA, "a wrong password")
        assert notices(door) == []


class TestTheNotice:
    def test_is_not_kept_back_by_letters_a_stranger_asked_for(self, open_door: OpenDoor) -> None:
        door = open_door(RATE_LIMIT_MAIL="3/h")
        door.join(ADA)
        for _ in range(5):
            door.post("/v1/auth/password/forgot", email=ADA)
        log_in(door)
        assert len(notices(door)) == 1

    def test_keeps_back_no_letter_that_the_owner_asks_for(self, open_door: OpenDoor) -> None:
        door = open_door(RATE_LIMIT_MAIL="3/h")
        door.join(ADA)
        for _ in range(5):
            log_in(door)
        notices(door)
        door.post("/v1/auth/password/forgot", email=ADA)
        assert "Choose a new password" in door.letters(ADA)[0].subject

    def test_has_a_limit_of_its_own(self, open_door: OpenDoor, later: Later) -> None:
        door = open_door(RATE_LIMIT_MAIL="3/h")
        door.join(ADA)
        for _ in range(5):
            log_in(door)
        assert len(notices(door)) == 3
        later(hours=1)
        log_in(door)
        assert len(notices(door)) == 4

    @pytest.mark.parametrize("agent", HOSTILE)
    def test_repeats_nothing_that_was_typed(self, door: Door, agent: str) -> None:
        door.register(ADA, display_name="Ada <b>wins</b> \u202e https://evil.example")
        door.verify(door.token(ADA))
        log_in(door, agent.encode("ascii", "replace").decode().replace("\r\n", " "))
        (letter,) = notices(door)
        assert letter.subject == "A new device logged in to your account at localhost"
        said = f"{letter.text} {letter.html}"
        assert not re.search(r"evil|0900|script|<img|Bcc|7 \* 7|49|wins", said)


class TestAUserAgent:
    @pytest.mark.parametrize(
        ("agent", "program"),
        [
            (LINUX, "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
                "Safari on an iPhone",
            ),
            ("curl/8.5.0", "curl"),
            ("python-requests/2.34", "python-requests"),
            ("okhttp/4.12.0", "okhttp"),
            ("Call-0900-555-now", "an unknown program"),
            ("", "an unknown program"),
            ("Mozilla/5.0", "an unknown program"),
        ],
    )
    def test_is_told_in_our_own_words(self, agent: str, program: str) -> None:
        assert program_of(agent) == program

    @given(st.text() | st.sampled_from(HOSTILE) | st.from_regex(r"[A-Za-z0-9./<> -]+"))
    def test_can_say_nothing_else(self, agent: str) -> None:
        assert re.fullmatch(r"[A-Za-z]+([ -][A-Za-z]+){0,5}", program_of(agent), re.ASCII)
