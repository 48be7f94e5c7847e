"""`/metrics` counts what happens, reads what is, and shows it to those who are let in alone."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from redis import Redis

from ostiary.platform.identifiers import new_id
from ostiary.platform.metrics import METRICS, OF_WORKERS
from ostiary.watch.alerts.alert import Alert
from ostiary.watch.alerts.rules import RULES
from tests.app_client import Door, OpenDoor
from tests.raw_requests import knock
from tests.source_tree import HOUSE
from workshop.harness.ports import free_port

ADA = "ada@example.com"
WRONG = "a wrong password"
SECRET = "a secret for Prometheus"
Later = Callable[..., None]
Sample = str
RELEASES: dict[str, Callable[[Door], object]] = {
    "expiry": lambda door: door.services.protection.lockouts.expire(),
    "admin": lambda door: door.services.protection.lockouts.release(by="admin", email=ADA),
}


@pytest.fixture
def open_metrics(open_door: OpenDoor) -> OpenDoor:
    def build(**environment: str) -> Door:
        return open_door(METRICS_ENABLED="true", **{"METRICS_GUARD": "none"} | environment)

    return build


@pytest.fixture
def door(open_metrics: OpenDoor) -> Door:
    return open_metrics()


def read(door: Door) -> dict[Sample, float]:
    lines = door.get("/metrics").text.splitlines()
    samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def firing(rule: str) -> Sample:
    return f'ostiary_alerts_firing{{rule="{rule}"}}'


def growth(door: Door, of: Sample, deed: Callable[[], object]) -> float:
    before = read(door).get(of, 0)
    deed()
    return read(door)[of] - before


class TestWhatIsCounted:
    def test_a_request_by_its_route_and_answer(self, door: Door) -> None:
        of = 'ostiary_http_requests_total{method="GET",route="/health",status="200"}'
        assert growth(door, of, lambda: door.get("/health")) == 1

    def test_requests_for_nothing_as_one(self, door: Door) -> None:
        of = 'ostiary_http_requests_total{method="GET",route="unmatched",status="404"}'
        assert growth(door, of, lambda: [door.get("/a"), door.get("/b")]) == 2

    def test_how_long_a_request_takes(self, door: Door) -> None:
        of = 'ostiary_http_request_seconds_bucket{le="+Inf"}'
        assert growth(door, of, lambda: door.get("/health")) == 2

    def test_a_login_that_succeeds(self, door: Door) -> None:
        door.join(ADA)
        of = 'ostiary_logins_total{outcome="succeeded"}'
        assert growth(door, of, lambda: door.log_in(ADA)) == 1

    def test_a_login_with_a_wrong_password(self, door: Door) -> None:
        of = 'ostiary_logins_total{outcome="invalid_credentials"}'
        assert growth(door, of, lambda: door.log_in(ADA, WRONG)) == 1

    def test_a_login_while_locked(self, door: Door) -> None:
        of = 'ostiary_logins_total{outcome="login_locked"}'
        assert growth(door, of, lambda: [door.log_in(ADA, WRONG) for _ in range(7)]) == 2

    def test_a_lockout_once(self, door: Door) -> None:
        of = "ostiary_lockouts_started_total"
        assert growth(door, of, lambda: [door.log_in(ADA, WRONG) for _ in range(7)]) == 1

    def test_a_request_over_a_limit(self, open_metrics: OpenDoor) -> None:
        door = open_metrics(RATE_LIMIT_LOGIN="1/m")
        of = 'ostiary_rate_limited_total{policy="login"}'
        assert growth(door, of, lambda: [door.log_in(ADA, WRONG) for _ in range(3)]) == 2

    def test_a_letter_over_its_limit(self, open_metrics: OpenDoor) -> None:
        door = open_metrics(RATE_LIMIT_MAIL="1/h")
        of = 'ostiary_rate_limited_total{policy="mail"}'
        assert growth(door, of, lambda: [door.register(ADA) for _ in range(3)]) == 2

    def test_a_refresh_token_that_comes_back(self, open_metrics: OpenDoor) -> None:
        door = open_metrics(AUTH_REFRESH_GRACE_SECONDS="0")
        token = door.join(ADA)["refresh_token"]
        door.refresh(door.refresh(token).json["refresh_token"])
        assert growth(door, "ostiary_refresh_reuse_total", lambda: door.refresh(token)) == 1

    def test_a_letter_by_its_kind_and_end(self, door: Door) -> None:
        of = 'ostiary_messages_total{kind="verification",outcome="sent"}'
        door.register(ADA)
        assert growth(door, of, door.work) == 1

    @pytest.mark.parametrize(("by", "release"), RELEASES.items())
    def test_a_lock_that_is_over(
        self, door: Door, later: Later, by: str, release: Callable[[Door], object]
    ) -> None:
        for _ in range(5):
            door.log_in(ADA, WRONG)
        if by == "expiry":
            later(minutes=16)
        of = f'ostiary_lockouts_released_total{{by="{by}"}}'
        assert growth(door, of, lambda: [release(door), release(door)]) == 1

    def test_nothing_that_names_a_client(self, door: Door) -> None:
        door.join(ADA)
        shown = door.get("/metrics").text
        assert "ada" not in shown
        assert "127.0.0.1" not in shown


class TestWhatIsRead:
    def test_locks_in_force(self, door: Door, later: Later) -> None:
        for _ in range(5):
            door.log_in(ADA, WRONG)
        assert read(door)["ostiary_lockouts_active"] == 1
        later(minutes=16)
        assert read(door)["ostiary_lockouts_active"] == 0

    def test_letters_that_wait(self, door: Door, later: Later) -> None:
        door.register(ADA)
        later(seconds=40)
        found = read(door)
        assert found["ostiary_messages_waiting"] == 1
        assert found["ostiary_messages_oldest_seconds"] == 40

    def test_no_letter_that_was_sent(self, door: Door) -> None:
        door.register(ADA)
        door.work()
        found = read(door)
        assert found["ostiary_messages_waiting"] == 0
        assert found["ostiary_messages_oldest_seconds"] == 0

    def test_what_is_up(self, door: Door) -> None:
        door.services.readiness.look()
        found = read(door)
        assert found['ostiary_ready{check="postgres"}'] == 1
        assert found['ostiary_ready{check="beat"}'] == 0

    def test_what_counts_the_limits(self, door: Door) -> None:
        found = read(door)
        assert found['ostiary_protection_mode{mode="postgres"}'] == 1
        assert found['ostiary_protection_mode{mode="redis"}'] == 0

    def test_what_counts_them_with_a_redis(self, open_metrics: OpenDoor, redis_url: str) -> None:
        door = open_metrics(RATE_LIMIT_REDIS_URL=redis_url)
        assert read(door)['ostiary_protection_mode{mode="redis"}'] == 1

    def test_how_much_waits_in_each_queue(self, door: Door, redis_url: str) -> None:
        Redis.from_url(redis_url).rpush("mail", "a message", "another")
        found = read(door)
        assert found['ostiary_queue_length{queue="mail"}'] == 2
        assert found['ostiary_queue_length{queue="alerts"}'] == 0

    def test_nothing_of_a_redis_that_is_away(self, open_metrics: OpenDoor) -> None:
        door = open_metrics(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
        shown = door.get("/metrics")
        door.services.scrape.queues.redis._breaker.close()
        assert (shown.status_code, "ostiary_queue_length" in shown.text) == (200, False)

    def test_how_long_ago_beat_asked_for_an_entry(self, door: Door, later: Later) -> None:
        runs = {"RELAY_OUTBOX": timedelta(seconds=2), "FORMER": timedelta()}
        door.services.heartbeats.beat("beat", runs=runs)
        later(seconds=5)
        found = read(door)
        assert found['ostiary_beat_last_run_seconds{entry="RELAY_OUTBOX"}'] == 7
        assert 'ostiary_beat_last_run_seconds{entry="FORMER"}' not in found

    def test_the_last_of_what_two_beats_asked_for(self, door: Door) -> None:
        for seconds in (2, 9):
            runs = {"RELAY_OUTBOX": timedelta(seconds=seconds)}
            door.services.heartbeats.beat("beat", runs=runs)
        assert read(door)['ostiary_beat_last_run_seconds{entry="RELAY_OUTBOX"}'] == 2

    def test_which_alerts_are_firing(self, door: Door) -> None:
        ledger, at = door.services.alerting.notices.ledger, door.services.records.now()
        over = Alert(new_id(), "mail_backlog", "warning", "Letters wait.", at, at)
        ledger.open(over)
        ledger.close(over, at)
        ledger.open(Alert(new_id(), "beat_stalled", "warning", "Beat is not alive.", at, at))
        shown = {rule.name: read(door)[firing(rule.name)] for rule in RULES}
        assert shown == dict.fromkeys(shown, 0) | {"beat_stalled": 1}

    def test_nothing_that_a_schema_behind_us_has_not(self, door: Door) -> None:
        database = door.services.database
        database.run("ALTER TABLE beat_run RENAME TO beat_run_to_come")
        shown = door.get("/metrics")
        database.run("ALTER TABLE beat_run_to_come RENAME TO beat_run")
        assert (shown.status_code, "ostiary_lockouts_active" in shown.text) == (200, False)

    def test_nothing_of_a_postgres_that_is_away(self, open_metrics: OpenDoor) -> None:
        nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
        door = open_metrics(DATABASE_URL=nowhere)
        shown = door.get("/metrics")
        for database in (door.services.database, door.services.scrape.database):
            database.breaker.close()
        assert shown.status_code == 200
        assert "ostiary_lockouts_active" not in shown.text
        assert "ostiary_beat_last_run_seconds" not in shown.text
        assert 'ostiary_ready{check="postgres"} 0.0' in shown.text


class TestTheAnswer:
    def test_is_the_text_that_prometheus_reads(self, door: Door) -> None:
        media = door.get("/metrics").headers["Content-Type"]
        assert media == "text/plain; version=0.0.4; charset=utf-8"

    @pytest.mark.parametrize("accept", ["*/*", "text/plain;version=x", "a/b;version=9;q=z", ";="])
    def test_is_the_same_whatever_is_accepted(self, door: Door, accept: str) -> None:
        shown = door.send("GET", "/metrics", headers={"Accept": accept})
        assert shown.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"

    def test_tells_of_all_outcomes_from_the_beginning(self, door: Door) -> None:
        assert 'ostiary_logins_total{outcome="overloaded"}' in door.get("/metrics").text

    def test_has_all_metrics_there_are(self, door: Door) -> None:
        shown = door.get("/metrics").text
        door.get("/health")
        elsewhere = {"ostiary_http_requests_total", *(each.name for each in OF_WORKERS)}
        assert {each.name for each in METRICS if each.name not in shown} <= elsewhere

    def test_is_not_there_unless_enabled(self, open_door: OpenDoor) -> None:
        refused = open_door().get("/metrics")
        assert (refused.status_code, refused.json["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        "path",
        [
            "/metrics/",
            "//metrics",
            "/Metrics",
            "/metrics;x",
            "/./metrics",
            "/metrics ",
            "/metrics\0",
        ],
    )
    def test_has_one_address(self, door: Door, path: str) -> None:
        refused = knock(door, "GET", "/", PATH_INFO=path)
        assert refused.status_code == 404
        assert "ostiary_" not in refused.text


class TestTheSecret:
    @pytest.fixture
    def door(self, open_metrics: OpenDoor) -> Door:
        return open_metrics(METRICS_GUARD="secret", METRICS_GUARD_SECRET=SECRET)

    def test_lets_in(self, door: Door) -> None:
        assert _scrape(door, SECRET) == 200

    @pytest.mark.parametrize(
        "given", ["", "wrong", SECRET[:-1], f"{SECRET}x", SECRET.upper(), "\xe9"]
    )
    def test_is_needed_whole(self, door: Door, given: str) -> None:
        assert _scrape(door, given) == 403

    def test_may_be_of_any_letters(self, open_metrics: OpenDoor) -> None:
        door = open_metrics(METRICS_GUARD="secret", METRICS_GUARD_SECRET="geheim-é")
        assert _scrape(door, "geheim-é".encode().decode("latin-1")) == 200

    def test_that_is_missing_is_a_problem_without_a_metric(self, door: Door) -> None:
        refused = door.get("/metrics")
        assert (refused.status_code, refused.json["code"]) == (403, "metrics_forbidden")
        assert "ostiary_" not in refused.text

    def test_that_is_missing_is_counted(self, door: Door) -> None:
        def denied() -> float:
            shown = door.send("GET", "/metrics", headers={"X-Metrics-Secret": SECRET}).text
            found = re.search(r'denied_total{guard="secret"} (\S+)', shown)
            assert found
            return float(found[1])

        before = denied()
        _scrape(door, "wrong")
        assert denied() == before + 1

    def test_that_is_missing_is_in_the_log(
        self, door: Door, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _scrape(door, "wrong", client="198.51.100.7")
        written = capsys.readouterr().out + caplog.text
        assert "metrics_guard" in written
        assert "198.51.100.7" in written
        assert "wrong" not in written


class TestTheAllowlist:
    @pytest.fixture
    def door(self, open_metrics: OpenDoor) -> Door:
        return open_metrics(
            METRICS_GUARD="cidr",
            METRICS_GUARD_ALLOWLIST="192.0.2.0/24,2001:db8::/32,::ffff:203.0.113.0/120",
            TRUSTED_PROXIES="10.0.0.0/8",
        )

    @pytest.mark.parametrize(
        "client", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "203.0.113.9"]
    )
    def test_lets_in(self, door: Door, client: str) -> None:
        assert _scrape(door, client=client) == 200

    @pytest.mark.parametrize(
        "client", ["192.0.3.1", "::ffff:192.0.3.1", "2001:db9::1", "203.0.114.9", "::c000:201"]
    )
    def test_lets_nobody_else_in(self, door: Door, client: str) -> None:
        assert _scrape(door, client=client) == 403

    def test_believes_no_stranger(self, door: Door) -> None:
        assert _scrape(door, client="198.51.100.1", forwarded="192.0.2.1") == 403

    def test_believes_a_proxy(self, door: Door) -> None:
        assert _scrape(door, client="10.0.0.1", forwarded="6.6.6.6, 192.0.2.1") == 200
        assert _scrape(door, client="10.0.0.1", forwarded="192.0.2.1, 6.6.6.6") == 403


class TestTheDocumentation:
    @pytest.fixture
    def rows(self) -> dict[str, str]:
        page = (HOUSE / "docs/metrics.md").read_text()
        return dict(re.findall(r"^\| `(ostiary_\w+)` \| ([^|]*?) \|", page, re.MULTILINE))

    def test_has_a_row_for_every_metric(self, rows: dict[str, str]) -> None:
        labels = {each.name: ", ".join(f"`{label}`" for label in each.labels) for each in METRICS}
        assert {name: told if told != "—" else "" for name, told in rows.items()} == labels


def _scrape(
    door: Door, secret: str = "", *, client: str = "127.0.0.1", forwarded: str | None = None
) -> int:
    headers = {"X-Metrics-Secret": secret} if secret else {}
    if forwarded:
        headers["X-Forwarded-For"] = forwarded
    return door.send("GET", "/metrics", headers=headers, remote_addr=client).status_code
