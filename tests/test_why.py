"""`ostiary why` tells what was decided about an address, by which rule, and what comes next."""

from typing import Any

import pytest

from ostiary.platform.clock import system_clock
from tests.app_client import Door, HeldClock, OpenDoor
from tests.command_line_fixture import Command, ostiary
from tests.waiting import wait_until

__all__ = ["ostiary"]

ADA = "ada@example.com"
WRONG = "a wrong password"
OF_48 = 16 * 50


@pytest.fixture
def clock() -> HeldClock:
    """The command looks at the real one."""
    return HeldClock(system_clock())


@pytest.fixture
def door(open_door: OpenDoor, redis_url: str) -> Door:
    door = open_door(RATE_LIMIT_REDIS_URL=redis_url)
    door.join(ADA)
    return door


@pytest.fixture
def locked(door: Door) -> Door:
    for _ in range(6):
        door.log_in(ADA, WRONG)
    return door


def guess(door: Door, ip: str, email: str) -> int:
    body = {"email": email, "password": WRONG}
    headers = {"X-Forwarded-For": ip}
    return door.send("POST", "/v1/auth/login", headers=headers, json=body).status_code


def guess_from_everywhere(open_door: OpenDoor, times: int) -> Door:
    """Each time at another account, by turns from 200 networks (/56) of one /48."""
    door = open_door(TRUSTED_PROXIES="127.0.0.0/8")
    for number in range(times):
        guess(door, f"2001:db8:5:{number % 200 + 1:x}00::1", f"victim{number}@example.com")
    return door


def told(explained: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["decided"], each["rule"]) for each in explained["attempts"]]


class TestTheTrace:
    def test_shows_the_lock_and_what_spent_it(self, locked: Door, ostiary: Command) -> None:
        explained = ostiary.json("why", ADA)
        guesses = [("refused", "locked"), *[("wrong", "spent on a lock")] * 5]
        assert told(explained) == [*guesses, ("right", "judged by its secret")]
        assert explained["locks"][0]["failures"] == 5

    def test_shows_what_redis_remembers(self, locked: Door, ostiary: Command) -> None:
        def is_shown() -> bool:
            locked.log_in(ADA)
            budget = ostiary.json("why", ADA)["budgets"][0]
            assert (budget["budget"], budget["left"]) == ("address", 0)
            return 0 < (budget["refused_for"] or 0) <= 5

        wait_until(is_shown)

    def test_shows_forgiven_failures(self, door: Door, ostiary: Command) -> None:
        door.log_in(ADA, WRONG)
        door.log_in(ADA)
        assert ("wrong", "forgiven by a right one from its client") in told(
            ostiary.json("why", ADA)
        )

    def test_shows_devices_with_their_budgets(self, door: Door, ostiary: Command) -> None:
        device = door.log_in(ADA).json["device_token"]
        door.log_in(ADA, WRONG, device=device)
        budgets = {each["budget"].split()[0]: each for each in ostiary.json("why", ADA)["budgets"]}
        assert budgets["device"]["left"] == 4
        assert budgets["address"]["left"] == 5
        assert budgets["client"]["left"] == 50

    def test_shows_the_networks_around_an_ipv6_client(
        self, open_door: OpenDoor, ostiary: Command
    ) -> None:
        guess_from_everywhere(open_door, OF_48)
        explained = ostiary.json("why", "victim0@example.com")
        budgets = {each["budget"]: (each["left"], each["limit"]) for each in explained["budgets"]}
        assert budgets["client 2001:db8:5:100::/64"] == (46, 50)
        assert budgets["network 2001:db8:5:100::/56"] == (196, 200)
        assert budgets["network 2001:db8:5::/48"] == (0, 800)
        assert "from network 2001:db8:5::/48 it is refused until" in explained["next"]

    def test_names_the_network_that_has_guessed_too_often(
        self, open_door: OpenDoor, ostiary: Command
    ) -> None:
        door = guess_from_everywhere(open_door, OF_48)
        assert guess(door, "2001:db8:5:ffff::1", ADA) == 429
        rule = "the network of its client has guessed too often"
        assert told(ostiary.json("why", ADA))[0] == ("refused", rule)

    def test_holds_one_row_of_a_storm(self, locked: Door) -> None:
        for _ in range(20):
            locked.services.protection.refusals.forget(f"address:{ADA}")
            assert locked.log_in(ADA).status_code == 429
        refused = locked.services.database.fetch_all(
            "SELECT rule FROM attempt WHERE verdict = 'refused'"
        )
        assert [each.rule for each in refused] == ["locked"]


class TestTheNextAttempt:
    def test_is_refused_while_locked(self, locked: Door, ostiary: Command) -> None:
        assert "is refused until" in ostiary.json("why", ADA)["next"]

    def test_is_counted_down(self, door: Door, ostiary: Command) -> None:
        for _ in range(4):
            door.log_in(ADA, WRONG)
        said = ostiary.json("why", ADA)["next"]
        assert "one more wrong password locks the address for 15 minutes" in said

    def test_on_a_disabled_account_is_answered_so(self, door: Door, ostiary: Command) -> None:
        door.services.database.run("UPDATE account SET disabled_at = now()")
        assert "account_disabled" in ostiary.json("why", ADA)["next"]


class TestTheAnswer:
    def test_can_be_read(self, locked: Door, ostiary: Command) -> None:
        answered = ostiary("why", ADA)
        assert answered.returncode == 0
        assert answered.stderr == ""
        lines = answered.stdout.splitlines()
        assert any(line.startswith("LOCKED   address, until") for line in lines)
        assert any(line.startswith("Redis    remembers for") for line in lines)

    def test_about_an_address_without_account_says_so(self, door: Door, ostiary: Command) -> None:
        door.log_in("grace@example.com", WRONG)
        assert "has no account" in ostiary.json("why", "grace@example.com")["next"]

    def test_about_an_unknown_address_is_no(self, ostiary: Command) -> None:
        assert ostiary("why", "nobody@example.com").returncode == 1


class TestTheLog:
    def test_names_the_client_and_never_the_address(
        self, door: Door, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for _ in range(7):
            door.log_in(ADA, WRONG)
        lines = [line for line in capsys.readouterr().out.splitlines() if " login_" in line]
        assert len([line for line in lines if "login_failed" in line]) == 5
        assert len([line for line in lines if "login_refused" in line]) == 2
        assert all("127.0.0.1" in line and ADA not in line for line in lines)
