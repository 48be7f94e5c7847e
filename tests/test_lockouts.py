"""Five wrong passwords lock an address for a quarter of an hour, and never its owner."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.app_client import Door, OpenDoor

ADA = "ada@example.com"
WRONG = "a wrong password"
Later = Callable[..., None]


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    """Rate limits would come first."""
    door = open_door(RATE_LIMIT_LOGIN="off")
    door.join(ADA)
    return door


@pytest.fixture
def locked(door: Door) -> Door:
    for _ in range(5):
        door.log_in(ADA, WRONG)
    return door


class TestTheFifthWrongPassword:
    def test_is_still_answered_as_wrong(self, door: Door) -> None:
        assert [door.log_in(ADA, WRONG).status_code for _ in range(5)] == [401] * 5

    def test_locks_out_even_the_right_one(self, locked: Door) -> None:
        refused = locked.log_in(ADA)
        assert (refused.status_code, refused.json["code"]) == (429, "login_locked")
        assert refused.headers["Retry-After"] == "900"

    def test_tells_the_owner_once(self, locked: Door) -> None:
        locked.log_in(ADA, WRONG)
        subjects = [letter.subject for letter in locked.letters(ADA)]
        assert len([each for each in subjects if "tries to log in" in each]) == 1

    def test_is_forgiven_when_the_time_is_up(self, locked: Door, later: Later) -> None:
        later(minutes=15)
        assert locked.log_in(ADA).status_code == 200

    def test_locks_an_address_without_account_the_same(self, door: Door) -> None:
        answers = [door.log_in("nobody@example.com", WRONG).status_code for _ in range(6)]
        assert answers == [401] * 5 + [429]


class TestALock:
    def test_lasts_twice_as_long_the_next_time(self, locked: Door, later: Later) -> None:
        later(minutes=15)
        for _ in range(5):
            locked.log_in(ADA, WRONG)
        assert locked.log_in(ADA).headers["Retry-After"] == "1800"

    def test_is_not_extended_by_attempts(self, locked: Door, later: Later) -> None:
        later(minutes=10)
        locked.log_in(ADA, WRONG)
        assert locked.log_in(ADA).headers["Retry-After"] == "300"

    def test_ends_with_its_row(self, locked: Door) -> None:
        locked.services.database.run("DELETE FROM lockout")
        assert locked.log_in(ADA).status_code == 200

    def test_is_not_the_business_of_a_known_device(self, door: Door) -> None:
        device = door.log_in(ADA).json["device_token"]
        for _ in range(6):
            door.log_in(ADA, WRONG)
        assert door.log_in(ADA, device=device).status_code == 200


class TestManyAtOnce:
    def test_get_five_guesses_however_many_they_are(self, door: Door) -> None:
        with ThreadPoolExecutor(20) as pool:
            answers = Counter(pool.map(lambda _: door.log_in(ADA, WRONG).status_code, range(100)))
        assert answers == {401: 5, 429: 95}

    def test_right_passwords_all_get_in(self, door: Door) -> None:
        with ThreadPoolExecutor(20) as pool:
            answers = Counter(pool.map(lambda _: door.log_in(ADA).status_code, range(20)))
        assert answers == {200: 20}


class TestTheLetter:
    def test_lets_the_owner_in_and_nobody_else(self, locked: Door) -> None:
        given = locked.post("/v1/auth/unlock", token=locked.token(ADA))
        assert given.status_code == 200
        assert locked.log_in(ADA, device=given.json["device_token"]).status_code == 200
        assert locked.log_in(ADA).status_code == 429
