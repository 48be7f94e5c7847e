"""An IPv6 client is a /64, and its /56 and its /48 have a bound too: to rotate gains little."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from falcon import testing

from ostiary.platform.redis import connect_redis
from tests.app_client import Door, OpenDoor

WRONG = "a wrong password"
CLIENT_BUDGET = 2
OF_56, OF_48 = 4 * CLIENT_BUDGET, 16 * CLIENT_BUDGET
BUDGETS = {"AUTH_LOGIN_CLIENT_MAX_ATTEMPTS": str(CLIENT_BUDGET), "TRUSTED_PROXIES": "127.0.0.0/8"}
LIMITED = {"RATE_LIMIT_LOGIN": "2/h", "TRUSTED_PROXIES": "127.0.0.0/8"}
Later = Callable[..., None]


def hosts(*, seed: int = 7) -> Iterator[str]:
    """Each in another one of the 65,536 networks (/64) of one /48, in any order."""
    for number in Random(seed).sample(range(65_536), 65_536):
        yield f"2001:db8:5:{number:x}::{number:x}"


def in_one_56(number: int) -> str:
    return f"2001:db8:5:1{number:02x}::1"


def log_in(door: Door, ip: str, email: str = "ada@example.com") -> testing.Result:
    return door.send(
        "POST",
        "/v1/auth/login",
        headers={"X-Forwarded-For": ip},
        json={"email": email, "password": WRONG},
    )


def guess(door: Door, ip: str, email: str) -> int:
    return log_in(door, ip, email).status_code


def register(door: Door, ip: str, email: str) -> testing.Result:
    return door.send(
        "POST",
        "/v1/auth/register",
        headers={"X-Forwarded-For": ip},
        json={"email": email, "password": "correct horse battery"},
    )


def strangers(ips: Iterator[str], count: int) -> list[tuple[str, str]]:
    """Each guesses at an account of its own, so that no address is locked."""
    return [(next(ips), f"victim{number}@example.com") for number in range(count)]


class TestTheBudgetOfAClient:
    @pytest.fixture
    def door(self, open_door: OpenDoor) -> Door:
        return open_door(**BUDGETS)

    def test_is_not_multiplied_by_the_networks_of_a_48(self, door: Door) -> None:
        answers = Counter(guess(door, *each) for each in strangers(hosts(), OF_48 + 20))
        assert answers == {401: OF_48, 429: 20}

    def test_is_not_multiplied_by_the_networks_of_a_56(self, door: Door) -> None:
        ips = (in_one_56(number) for number in range(256))
        answers = Counter(guess(door, *each) for each in strangers(ips, OF_56 + 5))
        assert answers == {401: OF_56, 429: 5}

    def test_holds_in_a_64_as_ever(self, door: Door) -> None:
        ips = (f"2001:db8:5:1::{number:x}" for number in range(1, 9))
        answers = Counter(guess(door, *each) for each in strangers(ips, CLIENT_BUDGET + 3))
        assert answers == {401: CLIENT_BUDGET, 429: 3}

    def test_is_never_exceeded_by_simultaneous_guesses(self, open_door: OpenDoor) -> None:
        doors = [open_door(**BUDGETS) for _ in range(4)]
        todo = strangers(hosts(), 4 * OF_48)
        with ThreadPoolExecutor(16) as pool:
            answers = Counter(pool.map(lambda n: guess(doors[n % 4], *todo[n]), range(len(todo))))
        assert answers == {401: OF_48, 429: 3 * OF_48}

    def test_is_refused_as_a_rate_limit_until_the_network_has_room(self, door: Door) -> None:
        for each in strangers(hosts(), OF_48):
            guess(door, *each)
        refused = log_in(door, "2001:db8:5::1", "another@example.com")
        assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")
        assert refused.headers["Retry-After"] == "900"
        assert door.services.database.fetch_all("SELECT id FROM lockout") == []

    def test_has_room_again_when_the_window_is_over(self, door: Door, later: Later) -> None:
        for each in strangers(hosts(), OF_48):
            guess(door, *each)
        later(minutes=15, seconds=1)
        assert guess(door, "2001:db8:5::1", "another@example.com") == 401

    def test_does_not_bother_the_next_48(self, door: Door) -> None:
        for each in strangers(hosts(), OF_48):
            guess(door, *each)
        assert guess(door, "2001:db8:6::1", "another@example.com") == 401

    def test_is_none_of_a_known_devices_business(self, door: Door) -> None:
        device = door.join("ada@example.com")["device_token"]
        for each in strangers(hosts(), OF_48):
            guess(door, *each)
        headers = {"X-Forwarded-For": "2001:db8:5::1", "X-Device-Token": device}
        body = {"email": "ada@example.com", "password": "correct horse battery"}
        assert door.send("POST", "/v1/auth/login", headers=headers, json=body).status_code == 200

    def test_counts_each_ipv4_address_by_itself(self, door: Door) -> None:
        ips = (f"203.0.113.{number}" for number in range(256))
        answers = Counter(guess(door, *each) for each in strangers(ips, OF_48 + 5))
        assert answers == {401: OF_48 + 5}
        lines = door.services.database.fetch_all(
            "SELECT DISTINCT network_56, network_48 FROM attempt WHERE client LIKE '203.%%'"
        )
        assert lines == [(None, None)]

    def test_may_be_off(self, open_door: OpenDoor) -> None:
        door = open_door(**BUDGETS | {"AUTH_LOGIN_CLIENT_MAX_ATTEMPTS": "off"})
        ips = iter(["2001:db8:5::1"] * 60)
        assert {guess(door, *each) for each in strangers(ips, 60)} == {401}

    def test_is_not_ten_times_that_of_an_address(self, open_door: OpenDoor) -> None:
        door = open_door(TRUSTED_PROXIES="127.0.0.0/8", AUTH_LOGIN_MAX_ATTEMPTS="2")
        ips = iter(["203.0.113.1"] * 60)
        answers = Counter(guess(door, *each) for each in strangers(ips, 60))
        assert answers == {401: 50, 429: 10}


@pytest.fixture(params=["redis", "postgres"])
def store(request: pytest.FixtureRequest, redis_url: str) -> dict[str, str]:
    return {"RATE_LIMIT_REDIS_URL": redis_url} if request.param == "redis" else {}


@pytest.fixture
def remembering() -> dict[str, str]:
    """`store` says who counts."""
    return {}


class TestARateLimit:
    @pytest.fixture
    def door(self, open_door: OpenDoor, store: dict[str, str]) -> Door:
        return open_door(RATE_LIMIT_LOGIN="2/h", TRUSTED_PROXIES="127.0.0.0/8", **store)

    def test_is_not_multiplied_by_the_networks_of_a_48(self, door: Door) -> None:
        answers = Counter(guess(door, *each) for each in strangers(hosts(), 32 + 20))
        assert answers == {401: 32, 429: 20}

    def test_is_not_multiplied_by_the_networks_of_a_56(self, door: Door) -> None:
        ips = (in_one_56(number) for number in range(256))
        answers = Counter(guess(door, *each) for each in strangers(ips, 8 + 5))
        assert answers == {401: 8, 429: 5}

    def test_is_shown_as_the_tightest_network_has_it(self, door: Door) -> None:
        for number in range(7):
            log_in(door, in_one_56(number), f"victim{number}@example.com")
        shown = log_in(door, in_one_56(99), "victim99@example.com").headers
        assert shown["RateLimit-Policy"] == '"login";q=2;w=3600'
        assert shown["RateLimit"].startswith('"login";r=0;t=')

    def test_of_a_client_that_hammers_is_not_paid_by_its_neighbours(self, door: Door) -> None:
        for number in range(40):
            guess(door, "2001:db8:5:100::1", f"victim{number}@example.com")
        assert guess(door, in_one_56(1), "another@example.com") == 401

    def test_counts_each_ipv4_address_by_itself(self, door: Door) -> None:
        ips = (f"203.0.113.{number}" for number in range(256))
        assert {guess(door, *each) for each in strangers(ips, 40)} == {401}

    def test_is_never_exceeded_by_simultaneous_requests(
        self, open_door: OpenDoor, store: dict[str, str]
    ) -> None:
        more = {"RATE_LIMIT_LOGIN": "1/h", "TRUSTED_PROXIES": "127.0.0.0/8", **store}
        doors = [open_door(**more) for _ in range(4)]
        todo = strangers(hosts(), 64)
        with ThreadPoolExecutor(16) as pool:
            answers = Counter(pool.map(lambda n: guess(doors[n % 4], *todo[n]), range(64)))
        assert answers == {401: 16, 429: 48}


class TestWhatCounts:
    """Keys in Redis, or rows of `rate_limit`, by names that end in the network."""

    def test_does_not_grow_in_postgres_by_rotating(self, open_door: OpenDoor) -> None:
        door = open_door(**LIMITED)
        for each in strangers(hosts(), 32 + 30):
            guess(door, *each)
        rows = door.services.database.fetch_all("SELECT key FROM rate_limit")
        assert len([row for row in rows if "/64" in row.key]) == 32

    def test_does_not_grow_in_redis_by_rotating(self, open_door: OpenDoor, redis_url: str) -> None:
        door = open_door(**LIMITED, RATE_LIMIT_REDIS_URL=redis_url)
        for each in strangers(hosts(), 32 + 30):
            guess(door, *each)
        assert len([*connect_redis(redis_url).scan_iter("rate_limit:*/64}")]) == 32

    def test_is_one_key_over_ipv4(self, open_door: OpenDoor, redis_url: str) -> None:
        door = open_door(**LIMITED, RATE_LIMIT_REDIS_URL=redis_url)
        guess(door, "203.0.113.1", "ada@example.com")
        keys = [*connect_redis(redis_url).scan_iter("rate_limit:*")]
        assert keys == ["rate_limit:{login:203.0.113.1}"]

    def test_ends_though_its_end_was_lost(self, open_door: OpenDoor, redis_url: str) -> None:
        door = open_door(**LIMITED, RATE_LIMIT_REDIS_URL=redis_url)
        redis = connect_redis(redis_url)
        guess(door, "2001:db8:5::1", "ada@example.com")
        keys = [*redis.scan_iter("rate_limit:*")]
        for key in keys:
            redis.persist(key)
        guess(door, "2001:db8:5::1", "ada@example.com")
        assert all(
            0 < redis.pttl(key) <= timedelta(hours=1) // timedelta(milliseconds=1) for key in keys
        )

    def test_is_given_back_at_every_level(self, open_door: OpenDoor, redis_url: str) -> None:
        door = open_door(**LIMITED, RATE_LIMIT_REDIS_URL=redis_url)
        limits = door.services.protection.limits
        limits.take("login", "2001:db8:5::1")
        limits.give_back("login", "2001:db8:5::1")
        redis = connect_redis(redis_url)
        assert {redis.get(key) for key in redis.scan_iter("rate_limit:*")} == {"0"}


class TestAllClientsTogether:
    @pytest.fixture
    def door(self, open_door: OpenDoor, store: dict[str, str]) -> Door:
        """A thousand registrations an hour have come from everywhere."""
        door = open_door(RATE_LIMIT_REGISTER="1/h", TRUSTED_PROXIES="127.0.0.0/8", **store)
        limits = door.services.protection.limits
        for number in range(1000):
            limits.take("register", f"198.18.{number // 256}.{number % 256}")
        return door

    def test_have_a_bound_where_requests_cause_rows_and_letters(self, door: Door) -> None:
        refused = register(door, "203.0.113.1", "ada@example.com")
        assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")
        assert door.services.database.fetch_all("SELECT id FROM outbox") == []

    def test_are_told_of_to_the_operator(
        self, door: Door, capsys: pytest.CaptureFixture[str]
    ) -> None:
        register(door, "203.0.113.1", "ada@example.com")
        assert "everybody_rate_limited" in capsys.readouterr().out

    def test_may_go_on_to_log_in(self, door: Door) -> None:
        assert guess(door, "203.0.113.1", "ada@example.com") == 401

    def test_do_not_pay_for_one_that_hammers(
        self, open_door: OpenDoor, store: dict[str, str]
    ) -> None:
        door = open_door(RATE_LIMIT_REGISTER="1/h", TRUSTED_PROXIES="127.0.0.0/8", **store)
        for _ in range(1001):
            door.services.protection.limits.take("register", "198.18.0.1")
        assert register(door, "203.0.113.1", "ada@example.com").status_code == 202
