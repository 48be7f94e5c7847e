"""An attempt is always judged in the end: by its process, or as lost when nobody did."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ostiary.errors import InvalidCredentials
from ostiary.protection.knocks import at_address
from tests.app_client import Door, OpenDoor

ADA = "ada@example.com"
WRONG = "a wrong password"
BUDGET = 5
CLIENT_BUDGET = 50
CLIENT = "127.0.0.1"
Later = Callable[..., None]


def nobody() -> None:
    return None


def begin(door: Door, *addresses: str) -> None:
    """Attempts of this very client that nobody has judged yet."""
    for address in addresses:
        assert door.services.protection.guard.attempts.reserve(at_address(address, CLIENT, nobody))


def lock_rows(door: Door) -> int:
    return len(door.services.database.fetch_all("SELECT id FROM lockout"))


class TestABudgetOfLostAttempts:
    @pytest.fixture
    def doors(self, open_door: OpenDoor, later: Later) -> list[Door]:
        doors = [open_door() for _ in range(4)]
        begin(doors[0], *[ADA] * BUDGET)
        later(seconds=11)
        return doors

    def test_is_locked_once_by_however_many_notice(self, doors: list[Door]) -> None:
        with ThreadPoolExecutor(16) as pool:
            answers = pool.map(lambda n: doors[n % 4].log_in(ADA, WRONG).status_code, range(16))
            assert set(answers) == {429}
        assert lock_rows(doors[0]) == 1


class TestAnAttemptWithTheRightSecret:
    def test_is_given_back_though_its_account_was_signed_out_meanwhile(self, door: Door) -> None:
        with pytest.raises(InvalidCredentials):
            door.services.protection.guard.admit(
                at_address(ADA, CLIENT, nobody), lambda: None, refuse
            )
        rows = door.services.database.fetch_all("SELECT verdict FROM attempt")
        assert [row.verdict for row in rows] == ["right"]


def refuse(_: object) -> None:
    raise InvalidCredentials


class TestAClientsAttempts:
    @pytest.fixture
    def door(self, door: Door) -> Door:
        begin(door, *[f"{n}@example.com" for n in range(CLIENT_BUDGET)])
        return door

    def test_are_waited_for_while_they_are_judged(self, door: Door) -> None:
        assert door.log_in(ADA, WRONG).json["code"] == "overloaded"

    def test_count_as_guesses_once_they_are_lost(self, door: Door, later: Later) -> None:
        later(seconds=11)
        assert door.log_in(ADA).json["code"] == "rate_limited"


class TestAnAddress:
    def test_may_be_as_long_as_unicode_makes_it(self, door: Door) -> None:
        endless = "".join(chr(0x3300 + (n * 37) % 88) + chr(0xFC00 + n) for n in range(127))
        answers = [door.log_in(endless, WRONG).status_code for _ in range(BUDGET + 1)]
        assert answers == [401] * BUDGET + [429]
