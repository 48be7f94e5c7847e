"""Each client and each recipient has so many requests in a window, whichever store counts them."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
from falcon import testing

from ostiary.platform.redis import connect_redis
from tests.app_client import PASSWORD, UNLIMITED, Door, OpenDoor
from tests.saturation import saturated
from tests.sentinels import Failovers
from tests.waiting import wait_until
from workshop.harness.postgres import EmbeddedPostgres
from workshop.harness.redis import EmbeddedRedis

ADA = "ada@example.com"
WRONG = "a wrong password"
Later = Callable[..., None]


def log_in(door: Door, client: str = "203.0.113.1") -> testing.Result:
    body = {"email": ADA, "password": WRONG}
    return door.send("POST", "/v1/auth/login", headers={"X-Forwarded-For": client}, json=body)


@pytest.fixture(params=["redis", "postgres"])
def store(request: pytest.FixtureRequest, redis_url: str) -> dict[str, str]:
    """Counting is the same in both."""
    return {"RATE_LIMIT_REDIS_URL": redis_url} if request.param == "redis" else {}


@pytest.fixture(autouse=True)
def _steady(failovers: Failovers | None) -> Iterator[None]:
    """The count begins anew with the store, so that a failover in its midst lets more through."""
    with failovers.steady if failovers else nullcontext():
        yield


@pytest.fixture
def remembering() -> dict[str, str]:
    """`store` says who counts."""
    return {}


@pytest.fixture
def door(open_door: OpenDoor, store: dict[str, str]) -> Door:
    return open_door(RATE_LIMIT_LOGIN="3/m", TRUSTED_PROXIES="127.0.0.0/8", **store)


class TestALimit:
    def test_says_what_is_left(self, door: Door) -> None:
        headers = [log_in(door).headers for _ in range(2)]
        assert [each["RateLimit-Policy"] for each in headers] == ['"login";q=3;w=60'] * 2
        assert [each["RateLimit"].partition(";t=")[0] for each in headers] == [
            '"login";r=2',
            '"login";r=1',
        ]

    def test_refuses_what_is_beyond_it(self, door: Door) -> None:
        answers = [log_in(door) for _ in range(4)]
        assert [each.status_code for each in answers] == [401, 401, 401, 429]
        assert answers[3].json["code"] == "rate_limited"
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
        assert answers[3].headers["RateLimit"].startswith('"login";r=0;t=')

    def test_is_each_clients_own(self, door: Door) -> None:
        for _ in range(4):
            log_in(door)
        assert log_in(door, client="203.0.113.2").status_code == 401

    def test_is_not_escaped_by_a_forged_header(self, open_door: OpenDoor) -> None:
        door = open_door(RATE_LIMIT_LOGIN="3/m")
        answers = [log_in(door, client=f"203.0.113.{n}").status_code for n in range(4)]
        assert answers == [401, 401, 401, 429]

    def test_says_nothing_when_it_is_off(self, open_door: OpenDoor) -> None:
        assert "RateLimit" not in log_in(open_door()).headers

    def test_comes_before_a_lock(self, open_door: OpenDoor) -> None:
        door = open_door(RATE_LIMIT_LOGIN="6/m")
        codes = [log_in(door).json["code"] for _ in range(7)]
        assert codes[5:] == ["login_locked", "rate_limited"]

    def test_in_postgres_starts_anew_after_its_window(
        self, open_door: OpenDoor, later: Later
    ) -> None:
        door = open_door(RATE_LIMIT_LOGIN="3/m")
        for _ in range(4):
            log_in(door)
        later(seconds=60)
        assert log_in(door).status_code == 401


@pytest.mark.parametrize(
    ("policy", "method", "path", "body"),
    [
        ("register", "POST", "/v1/auth/register", {"email": ADA, "password": "correct horse"}),
        ("register", "POST", "/v1/auth/verify-email/resend", {"email": ADA}),
        ("token", "POST", "/v1/auth/verify-email", {"token": "x", "password": PASSWORD}),
        ("token", "POST", "/v1/auth/unlock", {"token": "x"}),
        ("refresh", "POST", "/v1/auth/refresh", {"refresh_token": "x"}),
        ("login", "POST", "/v1/auth/login", {"email": ADA, "password": "x"}),
    ],
)
def test_every_public_route_has_a_policy(
    open_door: OpenDoor, policy: str, method: str, path: str, body: dict[str, str]
) -> None:
    door = open_door(**{f"RATE_LIMIT_{policy.upper()}": "1/m"})
    answers = [door.send(method, path, json=body) for _ in range(2)]
    assert answers[0].status_code != 429
    assert (answers[1].status_code, answers[1].json["code"]) == (429, "rate_limited")
    assert answers[1].headers["RateLimit-Policy"] == f'"{policy}";q=1;w=60'


class TestALimitInRedis:
    def test_ends_though_its_end_was_lost(self, open_door: OpenDoor, redis_url: str) -> None:
        door = open_door(RATE_LIMIT_LOGIN="3/m", RATE_LIMIT_REDIS_URL=redis_url)
        redis = connect_redis(redis_url)
        log_in(door)
        (key,) = redis.scan_iter("rate_limit:*")
        redis.persist(key)
        assert log_in(door).headers["RateLimit"] == '"login";r=1;t=60'
        assert 0 < redis.pttl(key) <= 60_000


class TestWhileRedisIsAway:
    @pytest.fixture
    def refused(self, redis_server: EmbeddedRedis) -> Iterator[None]:
        redis_server.stop()
        yield
        redis_server.start()

    @pytest.fixture
    def frozen(self, redis_server: EmbeddedRedis) -> Iterator[None]:
        redis_server.freeze()
        yield
        redis_server.thaw()

    @pytest.fixture
    def full(self, redis_server: EmbeddedRedis) -> Iterator[None]:
        redis_server.client().config_set("maxmemory", "1")
        yield
        redis_server.client().config_set("maxmemory", "0")

    @pytest.mark.parametrize("fault", ["refused", "frozen", "full"])
    def test_the_limit_is_kept_in_postgres(
        self, open_door: OpenDoor, redis_url: str, fault: str, request: pytest.FixtureRequest
    ) -> None:
        door = open_door(RATE_LIMIT_LOGIN="3/m", RATE_LIMIT_REDIS_URL=redis_url)
        request.getfixturevalue(fault)
        assert [log_in(door).status_code for _ in range(4)] == [401, 401, 401, 429]


class TestAClientThatIsToldToComeAgain:
    def test_has_as_many_left_when_postgres_is_back(
        self, door: Door, postgres: EmbeddedPostgres
    ) -> None:
        postgres.stop()
        away = [log_in(door).status_code for _ in range(9)]
        postgres.start()
        wait_until(lambda: not door.services.database.breaker.is_open)
        back = [log_in(door).status_code for _ in range(4)]
        assert (away, back) == ([503] * 9, [401, 401, 401, 429])

    def test_sees_that_nothing_was_taken(self, open_door: OpenDoor, redis_url: str) -> None:
        door = open_door(RATE_LIMIT_LOGIN="3/m", RATE_LIMIT_REDIS_URL=redis_url)
        with saturated(door.services.login.credentials.hashing):
            refused = [log_in(door) for _ in range(4)]
        assert [each.status_code for each in refused] == [503] * 4
        assert {each.headers["RateLimit"].partition(";")[2][:3] for each in refused} == {"r=3"}


class TestARecipient:
    @pytest.fixture
    def door(self, open_door: OpenDoor, store: dict[str, str]) -> Door:
        return open_door(RATE_LIMIT_MAIL="2/h", **store)

    def test_gets_no_more_letters_than_the_limit(self, door: Door) -> None:
        spellings = [ADA, ADA.upper(), f" {ADA}", ADA]
        assert {door.register(each).status_code for each in spellings} == {202}
        door.work()
        assert len(door.letterbox.letters()) == 2

    def test_is_counted_over_all_letters_of_one_kind(self, door: Door) -> None:
        door.register(ADA)
        for _ in range(3):
            assert door.post("/v1/auth/verify-email/resend", email=ADA).status_code == 202
        assert len(door.letters(ADA)) == 2

    def test_gets_a_reset_letter_however_often_strangers_register_there(self, door: Door) -> None:
        door.join(ADA)
        for _ in range(5):
            door.register(ADA, "a stranger's password")
        assert door.post("/v1/auth/password/forgot", email=ADA).status_code == 202
        assert "password" in door.letters(ADA)[0].subject
        reset = {"token": door.token(ADA), "password": "another battery staple"}
        assert door.post("/v1/auth/password/reset", **reset).status_code == 200

    def test_gets_a_proof_however_often_strangers_forget_its_password(self, door: Door) -> None:
        for _ in range(5):
            door.post("/v1/auth/password/forgot", email=ADA)
        door.register(ADA)
        assert door.verify(door.token(ADA)).status_code == 200

    @pytest.mark.parametrize("verb", ["register", "verify-email/resend", "password/forgot"])
    def test_loses_no_letter_by_coming_again_while_postgres_is_away(
        self, door: Door, postgres: EmbeddedPostgres, verb: str
    ) -> None:
        person = {"email": ADA, "password": PASSWORD} if verb == "register" else {"email": ADA}
        postgres.stop()
        answers = {door.post(f"/v1/auth/{verb}", **person).status_code for _ in range(4)}
        postgres.start()
        wait_until(lambda: not door.services.database.breaker.is_open)
        door.register(ADA)
        assert (answers, len(door.letters(ADA))) == ({503}, 1)

    def test_is_not_told(self, door: Door) -> None:
        answers = [door.register(ADA) for _ in range(3)]
        assert len({(each.status_code, each.text) for each in answers}) == 1


def test_limits_are_on_by_default(open_door: OpenDoor) -> None:
    door = open_door(**dict.fromkeys(UNLIMITED, ""))
    assert log_in(door).headers["RateLimit-Policy"] == '"login";q=30;w=60'
