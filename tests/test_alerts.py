"""An alert fires once, is told to everybody once, and resolves once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from ostiary.watch.alerts.rules import BY_NAME
from tests.app_client import Door, HeldClock
from tests.source_tree import HOUSE
from tests.waiting import wait_until
from tests.watching import OpenWatch, Watch, full
from workshop.harness.redis import EmbeddedRedis

ADA = "ada@example.com"


@pytest.fixture
def fired(watch: Watch, redis_server: EmbeddedRedis) -> Iterator[Watch]:
    """Redis is full, and the operator knows."""
    with full(redis_server):
        watch.watch(9, step=3)
        yield watch


class TestAQuietHour:
    def test_raises_nothing(self, watch: Watch) -> None:
        watch.watch(3600, step=60)
        assert watch.alerts == []


class TestAFault:
    def test_fires_within_thirty_seconds(self, fired: Watch) -> None:
        assert fired.firing == ["redis_unavailable"]

    def test_is_told_to_every_channel_once(self, fired: Watch) -> None:
        fired.watch(60, step=10)
        assert fired.sink.lines == ["firing redis_unavailable"]
        assert fired.letters == ["Alert: redis_unavailable at localhost"]

    def test_is_in_the_log_once(
        self, watch: Watch, redis_server: EmbeddedRedis, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with full(redis_server):
            watch.watch(20)
        assert capsys.readouterr().out.count("alert_firing") == 1

    def test_that_passes_at_once_is_none(self, watch: Watch, redis_server: EmbeddedRedis) -> None:
        with full(redis_server):
            watch.watch(3)
        watch.watch(60)
        assert watch.alerts == []

    def test_that_comes_and_goes_is_one(self, watch: Watch, redis_server: EmbeddedRedis) -> None:
        for _ in range(15):
            with full(redis_server):
                watch.watch(2)
            watch.watch(2)
        watch.watch(30)
        assert watch.sink.lines == ["firing redis_unavailable", "resolved redis_unavailable"]


class TestItsEnd:
    @pytest.fixture
    def over(self, watch: Watch, redis_server: EmbeddedRedis) -> Watch:
        with full(redis_server):
            watch.watch(20, step=3)
        watch.watch(30, step=3)
        return watch

    def test_resolves_within_thirty_seconds(self, over: Watch) -> None:
        assert [alert.state for alert in over.alerts] == ["resolved"]

    def test_is_told_to_every_channel_once(self, over: Watch) -> None:
        over.watch(60, step=10)
        assert over.sink.lines == ["firing redis_unavailable", "resolved redis_unavailable"]
        assert [subject.partition(":")[0] for subject in over.letters] == ["Alert", "Resolved"]

    def test_may_be_followed_by_another_beginning(
        self, over: Watch, redis_server: EmbeddedRedis
    ) -> None:
        with full(redis_server):
            over.watch(20)
        assert [alert.state for alert in over.alerts] == ["resolved", "firing"]


class TestAFaultThatComesAgainAndAgain:
    def test_stays_on_after_the_fifth_time(self, watch: Watch, redis_server: EmbeddedRedis) -> None:
        for _ in range(9):
            with full(redis_server):
                watch.watch(9, step=3)
            watch.watch(18, step=3)
        assert len(watch.alerts) == 6
        watch.watch(600, step=10)
        assert watch.firing == []


class TestRepetition:
    def test_comes_every_hour(self, fired: Watch) -> None:
        fired.watch(2 * 3600 + 300, step=300)
        assert fired.sink.lines == ["firing redis_unavailable"] * 3

    def test_is_a_message_of_its_own(self, fired: Watch) -> None:
        fired.watch(3600 + 300, step=300)
        assert len({each.headers["webhook-id"] for each in fired.sink.accepted}) == 2

    def test_ends_when_somebody_knows(self, fired: Watch) -> None:
        [alert] = fired.alerts
        fired.alerting.alerts.acknowledge(alert.id, by=alert.id)
        fired.watch(2 * 3600, step=300)
        assert len(fired.sink.lines) == 1


class TestSeveralWatchdogs:
    def test_tell_once(self, open_watch: OpenWatch, redis_server: EmbeddedRedis) -> None:
        first, second = open_watch(), open_watch()
        with full(redis_server):
            for _ in range(20):
                first.watch(1)
                second.watch(1)
        for _ in range(30):
            first.watch(1)
            second.watch(1)
        assert len(first.sink.lines + second.sink.lines) == 2
        assert len(first.letters) == 2


class TestASchemaThatIsBehind:
    def test_is_as_bad_as_no_postgres(self, watch: Watch) -> None:
        with behind(watch):
            watch.watch(9, step=3)
            assert watch.sink.lines == ["firing postgres_unavailable"]
        watch.watch(18, step=3)
        assert watch.sink.lines == ["firing postgres_unavailable", "resolved postgres_unavailable"]
        assert watch.alerts[0].summary.endswith("run `ostiary migrate`.")


@contextmanager
def behind(watch: Watch) -> Iterator[None]:
    database = watch.door.services.database
    newest = database.fetch_all("SELECT max(number) AS number FROM migration")[0].number
    swap = "UPDATE migration SET number = %(new)s WHERE number = %(old)s"
    database.run(swap, new=9999, old=newest)
    try:
        yield
    finally:
        database.run(swap, new=newest, old=9999)


class TestWorkers:
    def test_are_missed_when_they_fall_silent(self, watch: Watch) -> None:
        watch.watch(25)
        watch.watch(23, meanwhile=lambda: beat(watch.door, "beat", "watch"))
        assert watch.firing == ["workers_missing"]

    def test_are_not_missed_for_a_restart(self, watch: Watch) -> None:
        watch.watch(25)
        watch.watch(12, meanwhile=lambda: beat(watch.door, "beat", "watch"))
        watch.watch(30)
        assert watch.alerts == []


class TestBeat:
    def test_is_missed_when_it_falls_silent(self, watch: Watch) -> None:
        watch.watch(25)
        watch.watch(23, meanwhile=lambda: beat(watch.door, "worker", "watch"))
        assert watch.firing == ["beat_stalled"]


class TestTheMailServer:
    @pytest.fixture
    def watch(self, open_watch: OpenWatch) -> Watch:
        return open_watch(SMTP_URL="smtp://127.0.0.1:9?starttls=off")

    def test_is_missed_when_it_is_away(self, watch: Watch) -> None:
        watch.watch(10)
        assert watch.firing == ["mail_server_unavailable"]

    def test_does_not_hold_up_the_webhook(self, watch: Watch) -> None:
        watch.watch(10)
        assert watch.sink.lines == ["firing mail_server_unavailable"]

    def test_is_missed_when_it_takes_no_letters(self, open_watch: OpenWatch) -> None:
        watch = open_watch()
        channels = watch.door.services.promises.channels
        for _ in range(3):
            channels.pause("mail", "MAIL: 550 not for you")
            watch.clock.advance(minutes=1)
        watch.watch(10)
        assert watch.firing == ["mail_server_unavailable"]

    def test_that_was_never_named_is_not_missed(self, open_watch: OpenWatch) -> None:
        watch = open_watch(SMTP_URL="", ALERT_EMAILS="")
        watch.watch(30)
        assert watch.alerts == []


class TestMail:
    def test_is_a_backlog_when_a_letter_waits_for_five_minutes(self, watch: Watch) -> None:
        watch.door.register(ADA)
        watch.watch(299, step=13)
        assert watch.firing == []
        watch.watch(20)
        assert watch.firing == ["mail_backlog"]
        assert "5 min ago" in watch.alerts[0].summary

    def test_is_none_once_it_is_sent(self, watch: Watch) -> None:
        watch.door.register(ADA)
        watch.watch(400, step=13)
        watch.door.work()
        watch.watch(2)
        assert watch.firing == []

    def test_is_none_because_one_server_wants_one_letter_later(self, watch: Watch) -> None:
        watch.door.register(ADA)
        watch.watch(400, step=13, meanwhile=lambda: _want_it_later(watch))
        assert watch.firing == []


def _want_it_later(watch: Watch) -> None:
    watch.everybody_lives()
    later = watch.clock() + timedelta(minutes=5)
    watch.door.services.database.run("UPDATE outbox SET due_at = %(later)s", later=later)


class TestLockouts:
    def test_are_a_surge_from_the_tenth_on(self, watch: Watch) -> None:
        lock(watch.door, 9)
        watch.watch(1)
        assert watch.firing == []
        lock(watch.door, 1, first=9)
        watch.watch(1)
        assert watch.firing == ["lockout_surge"]
        assert watch.alerts[0].summary.endswith("10 locks within 5 min.")

    def test_are_none_when_the_window_is_below_ten_again(self, watch: Watch) -> None:
        lock(watch.door, 10)
        watch.watch(299, step=13)
        assert "lockout_surge" in watch.firing
        watch.watch(20, step=5)
        assert "lockout_surge" not in watch.firing


class TestTheMetricsGuard:
    @pytest.fixture
    def watch(self, open_watch: OpenWatch) -> Watch:
        return open_watch(METRICS_ENABLED="true", METRICS_GUARD_SECRET="s" * 32)

    def test_is_attacked_from_the_tenth_refusal_on(self, watch: Watch) -> None:
        refuse(watch.door, 10)
        watch.watch(1)
        assert watch.firing == ["metrics_guard_denied"]

    def test_may_refuse_now_and_then(self, watch: Watch) -> None:
        refuse(watch.door, 9)
        watch.watch(1)
        assert watch.firing == []

    def test_is_left_alone_when_the_window_has_passed(self, watch: Watch) -> None:
        refuse(watch.door, 10)
        watch.watch(320, step=13)
        assert [alert.state for alert in watch.alerts] == ["resolved"]


class TestThePeriodicTask:
    """It judges by what Postgres knows, whichever child of whichever worker runs it."""

    def test_misses_the_watchdog(self, watch: Watch, clock: HeldClock) -> None:
        for _ in range(30):
            beat(watch.door, "worker", "beat")
            watch.alerting.evaluation.evaluate()
            clock.advance(seconds=1)
        assert watch.firing == ["watch_stalled"]

    def test_sees_it_come_back(self, watch: Watch, clock: HeldClock) -> None:
        self.test_misses_the_watchdog(watch, clock)
        watch.everybody_lives()
        watch.alerting.evaluation.evaluate()
        assert [alert.state for alert in watch.alerts] == ["resolved"]

    def test_tells_by_the_outbox(self, watch: Watch, clock: HeldClock) -> None:
        self.test_misses_the_watchdog(watch, clock)
        watch.door.work()
        assert watch.sink.lines == ["firing watch_stalled"]

    def test_agrees_with_the_watchdog_on_what_is_counted(self, watch: Watch) -> None:
        lock(watch.door, 10)
        for _ in range(5):
            watch.watch(1)
            watch.alerting.evaluation.evaluate()
        assert watch.firing == ["lockout_surge"]
        assert watch.sink.lines == ["firing lockout_surge"]


class TestARule:
    @pytest.mark.parametrize("name", BY_NAME)
    def test_has_a_section_in_the_runbook(self, name: str) -> None:
        assert BY_NAME[name].runbook == f"/docs/runbook#{name.replace('_', '-')}"

    @pytest.mark.parametrize("name", BY_NAME)
    def test_is_explained_to_operators(self, name: str) -> None:
        rule, delay = BY_NAME[name], int(BY_NAME[name].delay.total_seconds())
        row = re.escape(f"| {f'{delay} s' if delay else 'none'} | {rule.severity} |")
        page = (HOUSE / "docs/operators.md").read_text()
        assert re.search(rf"^\| `{name}` \| .* {row}$", page, re.MULTILINE)

    def test_is_one_of_the_nine(self) -> None:
        assert len(BY_NAME) == 9


def beat(door: Door, *processes: str) -> None:
    for process in processes:
        door.services.heartbeats.beat(process)


def lock(door: Door, count: int, *, first: int = 0) -> None:
    for number in range(first, first + count):
        for _ in range(5):
            door.log_in(f"{number}@example.com", "a wrong password")


def refuse(door: Door, count: int) -> None:
    for _ in range(count):
        assert door.get("/metrics").status_code == 403
    noted = "SELECT coalesce(sum(scrapes), 0) AS scrapes FROM denial"
    wait_until(lambda: door.services.database.fetch_all(noted)[0].scrapes == count)
