"""Whoever verifies a password passes the guard: exact budgets, and nobody pays for anybody else."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from falcon import testing

from ostiary.errors import TokenInvalid, WrongSecret
from tests.app_client import Door, OpenDoor
from tests.raw_requests import Route, every_route

ADA = "ada@example.com"
GRACE = "grace@example.com"
WRONG = "a wrong password"
LOGIN = "/v1/auth/login"
DEVICES = "/v1/auth/me/devices"
BUDGET = 5
CLIENT_BUDGET = 50
Later = Callable[..., None]


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    """Every request says itself where it comes from."""
    return open_door(TRUSTED_PROXIES="127.0.0.0/8")


def guess(door: Door, email: str = ADA, *, client: str = "203.0.113.1", device: str = "") -> int:
    return attempt(door, WRONG, email, client=client, device=device)


def attempt(
    door: Door, password: str, email: str = ADA, *, client: str = "203.0.113.1", device: str = ""
) -> int:
    headers = {"X-Forwarded-For": client} | ({"X-Device-Token": device} if device else {})
    body = {"email": email, "password": password}
    return door.send("POST", LOGIN, headers=headers, json=body).status_code


def get_in(door: Door, email: str = ADA, *, client: str = "203.0.113.1", device: str = "") -> int:
    return attempt(door, "correct horse battery", email, client=client, device=device)


def guesses_left(door: Door, email: str = ADA) -> int:
    """Tried from elsewhere, until there are none."""
    return [guess(door, email, client="198.51.100.9") for _ in range(BUDGET + 1)].index(429)


def delete_account(door: Door, bearer: str) -> testing.Result:
    return door.send("DELETE", "/v1/auth/me", bearer=bearer, json={"password": WRONG})


def end_device(door: Door, bearer: str) -> None:
    """The only one of the account, which is the session's own."""
    (own,) = door.get(DEVICES, bearer).json["items"]
    assert door.send("DELETE", f"{DEVICES}/{own['id']}", bearer=bearer).status_code == 204


class TestASuccess:
    def test_gives_back_its_own_failures(self, door: Door) -> None:
        door.join(ADA)
        for _ in range(BUDGET - 1):
            guess(door)
        get_in(door)
        assert guesses_left(door) == BUDGET

    def test_gives_back_nobody_elses(self, door: Door) -> None:
        door.join(ADA)
        for _ in range(3):
            guess(door, client="203.0.113.7")
        get_in(door, client="203.0.113.8")
        assert guesses_left(door) == BUDGET - 3

    def test_on_another_account_gives_back_nothing(self, door: Door) -> None:
        door.join(ADA)
        door.join(GRACE)
        for _ in range(3):
            guess(door)
        get_in(door, GRACE)
        assert guesses_left(door) == BUDGET - 3

    def test_is_no_failure_though_it_is_refused(self, door: Door) -> None:
        door.join(ADA)
        door.services.database.run("UPDATE account SET disabled_at = now()")
        assert {get_in(door) for _ in range(BUDGET + 2)} == {403}


class TestSpellings:
    def test_of_an_address_share_one_budget(self, door: Door) -> None:
        spellings = [ADA, ADA.upper(), f" {ADA} ", "aDa@EXAMPLE.com", "Ada@Example.com"]
        assert [guess(door, spelling) for spelling in spellings] == [401] * BUDGET
        assert guess(door) == 429

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("2001:db8::1", "2001:db8::ffff:1"),
            ("203.0.113.1", "::ffff:203.0.113.1"),
        ],
    )
    def test_of_a_client_are_one_client(self, door: Door, one: str, other: str) -> None:
        door.join(ADA)
        for _ in range(3):
            guess(door, client=one)
        get_in(door, client=other)
        assert guesses_left(door) == BUDGET


class TestADevice:
    def test_has_a_budget_of_its_own(self, door: Door) -> None:
        device = door.join(ADA)["device_token"]
        assert [guess(door, device=device) for _ in range(BUDGET + 1)] == [401] * BUDGET + [429]
        assert get_in(door) == 200

    def test_of_somebody_else_is_no_device(self, door: Door) -> None:
        door.join(ADA)
        foreign = door.join(GRACE)["device_token"]
        for _ in range(BUDGET):
            guess(door)
        assert get_in(door, device=foreign) == 429

    def test_that_has_ended_is_no_device(self, door: Door) -> None:
        tokens = door.join(ADA)
        device = tokens["device_token"]
        for _ in range(BUDGET):
            guess(door)
        end_device(door, tokens["access_token"])
        assert get_in(door, device=device) == 429

    def test_that_ends_and_is_known_again_has_no_further_guesses(self, door: Door) -> None:
        tokens = door.join(ADA)
        for _ in range(BUDGET):
            delete_account(door, tokens["access_token"])
        end_device(door, tokens["access_token"])
        renewed = door.refresh(tokens["refresh_token"]).json
        assert renewed["device_token"] != tokens["device_token"]
        assert delete_account(door, renewed["access_token"]).status_code == 429

    def test_pays_for_wrong_passwords_of_a_logged_in_owner(self, door: Door) -> None:
        tokens = door.join(ADA)
        answers = [delete_account(door, tokens["access_token"]) for _ in range(BUDGET + 1)]
        assert [each.status_code for each in answers] == [403] * BUDGET + [429]
        assert answers[-1].json["code"] == "login_locked"


class TestAClient:
    @pytest.fixture
    def spent(self, door: Door) -> Door:
        """One password was tried on many accounts."""
        for number in range(CLIENT_BUDGET):
            guess(door, f"victim{number}@example.com")
        return door

    def test_is_refused_when_its_budget_is_spent(self, spent: Door) -> None:
        refused = spent.send(
            "POST",
            LOGIN,
            headers={"X-Forwarded-For": "203.0.113.1"},
            json={"email": "another@example.com", "password": WRONG},
        )
        assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")

    def test_locks_no_account(self, spent: Door) -> None:
        assert spent.services.database.fetch_all("SELECT id FROM lockout") == []
        assert guess(spent, "victim1@example.com", client="198.51.100.1") == 401

    def test_may_be_home_to_a_known_device(self, door: Door) -> None:
        device = door.join(ADA)["device_token"]
        for number in range(CLIENT_BUDGET):
            guess(door, f"victim{number}@example.com")
        assert get_in(door, device=device) == 200

    def test_does_not_pay_for_its_known_devices(self, door: Door) -> None:
        device = door.join(ADA)["device_token"]
        for _ in range(BUDGET - 1):
            guess(door, device=device)
        strangers = [f"victim{number}@example.com" for number in range(CLIENT_BUDGET + 1)]
        assert [guess(door, each) for each in strangers] == [401] * CLIENT_BUDGET + [429]

    def test_may_try_again_when_its_window_is_over(self, spent: Door, later: Later) -> None:
        later(minutes=15, seconds=1)
        assert guess(spent) == 401


class TestATokenOfALetter:
    @pytest.mark.parametrize("page", ["/verify-email", "/reset-password", "/unlock"])
    def test_spends_no_budget_of_logins(self, door: Door, page: str) -> None:
        door.join(ADA)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = "token=forged&password=another+battery+staple"
        posted = [
            door.send("POST", page, headers=form, body=body).status_code
            for _ in range(CLIENT_BUDGET)
        ]
        assert posted == [400] * CLIENT_BUDGET
        assert get_in(door, client="127.0.0.1") == 200


class TestAnAttemptLostWithItsProcess:
    def test_counts_as_a_wrong_one(self, door: Door, later: Later) -> None:
        door.join(ADA)
        for _ in range(BUDGET):
            guess(door)
        door.services.database.run("DELETE FROM lockout")
        door.services.database.run("UPDATE attempt SET verdict = 'pending'")
        later(seconds=11)
        assert get_in(door) == 429

    def test_is_waited_for_before(self, door: Door, later: Later) -> None:
        door.join(ADA)
        for _ in range(BUDGET):
            guess(door)
        door.services.database.run("DELETE FROM lockout")
        door.services.database.run("UPDATE attempt SET verdict = 'pending'")
        assert get_in(door) == 503


class TestRedis:
    @pytest.fixture
    def door(self, open_door: OpenDoor, redis_url: str) -> Door:
        return open_door(TRUSTED_PROXIES="127.0.0.0/8", RATE_LIMIT_REDIS_URL=redis_url)

    def test_spares_postgres_a_storm(self, door: Door) -> None:
        for _ in range(BUDGET + 1):
            guess(door)
        database = door.services.database
        asked: list[str] = []
        run = database._execute

        def listen(sql: str, params: Any = None) -> Any:
            asked.append(sql)
            return run(sql, params)

        database._execute = listen  # type: ignore[method-assign]
        assert {guess(door) for _ in range(20)} == {429}
        assert asked == []

    def test_forgets_with_the_row_within_five_seconds(self, door: Door, redis_url: str) -> None:
        for _ in range(BUDGET + 1):
            guess(door)
        keys = door.services.protection.refusals.redis
        assert keys is not None
        left = keys.ask(lambda redis: [redis.pttl(key) for key in redis.keys("login_attempt:*")])
        assert left is not None
        assert 0 < max(left) <= 5000

    def test_that_was_emptied_grants_nothing(self, door: Door) -> None:
        for _ in range(BUDGET):
            guess(door)
        quick = door.services.protection.refusals.redis
        assert quick is not None
        for _ in range(3):
            quick.ask(lambda redis: redis.flushall())
            assert guess(door) == 429


class TestManyProcesses:
    def test_share_one_budget(self, open_door: OpenDoor) -> None:
        doors = [open_door() for _ in range(4)]
        with ThreadPoolExecutor(16) as pool:
            answers = pool.map(lambda n: doors[n % 4].log_in(ADA, WRONG).status_code, range(80))
            assert Counter(answers) == {401: BUDGET, 429: 75}


SECRETS = {
    "/v1/auth/login": {"email": ADA, "password": WRONG},
    "/v1/auth/password/change": {
        "current_password": WRONG,
        "new_password": "another battery staple",
    },
    "/v1/auth/me": {"password": WRONG},
}


def verifies_a_password(route: Route) -> bool:
    """By itself: where a letter's token is asked for as well, `test_mailboxes` looks."""
    return (
        route.declared is not None
        and any(issubclass(each, WrongSecret) for each in route.declared.refuses)
        and not takes_a_letters_token(route)
    )


def takes_a_letters_token(route: Route) -> bool:
    return route.declared is not None and TokenInvalid in route.declared.refuses


@pytest.mark.parametrize(
    "route", [each for each in every_route() if takes_a_letters_token(each)], ids=str
)
def test_every_route_that_takes_a_letters_token_is_limited(route: Route) -> None:
    assert route.declared
    assert route.declared.limit == "token"


@pytest.mark.parametrize(
    "route", [each for each in every_route() if verifies_a_password(each)], ids=str
)
def test_no_route_verifies_a_password_without_the_guard(door: Door, route: Route) -> None:
    """A new one belongs in `SECRETS`, with a body that guesses wrong."""
    bearer = door.join(GRACE)["access_token"]
    for _ in range(CLIENT_BUDGET):
        answered = knock_wrongly(door, route, bearer)
        if answered == 429:
            break
    assert knock_wrongly(door, route, bearer) == 429


def knock_wrongly(door: Door, route: Route, bearer: str) -> int:
    body = SECRETS[route.template]
    return door.send(route.method, route.path, bearer=bearer, json=body).status_code
