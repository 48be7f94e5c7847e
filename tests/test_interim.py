"""While Postgres is away alerts are kept and told all the same, and written down afterwards."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest

from ostiary.errors import Unavailable
from tests.waiting import wait_until
from tests.watching import OpenWatch, Watch, full
from workshop.harness.ports import free_port
from workshop.harness.postgres import EmbeddedPostgres
from workshop.harness.redis import EmbeddedRedis

FIRING = "firing postgres_unavailable"
RESOLVED = "resolved postgres_unavailable"


@contextmanager
def stopped(postgres: EmbeddedPostgres, *watches: Watch) -> Iterator[None]:
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()
        for watch in watches:
            watch.door.services.database.breaker.close()


def nobody_lives() -> None:
    """Signs of life cannot be left."""


def bear(watch: Watch, seconds: int = 12) -> None:
    watch.watch(seconds, step=3, meanwhile=nobody_lives)


@pytest.fixture
def watch(open_watch: OpenWatch) -> Watch:
    watch = open_watch()
    watch.watch(3)
    return watch


class TestPostgresAway:
    def test_is_told_without_it(self, watch: Watch, postgres: EmbeddedPostgres) -> None:
        with stopped(postgres, watch):
            bear(watch)
            assert watch.sink.lines == [FIRING]
            assert watch.letters == ["Alert: postgres_unavailable at localhost"]

    def test_is_written_down_and_resolved_afterwards(
        self, watch: Watch, postgres: EmbeddedPostgres
    ) -> None:
        with stopped(postgres, watch):
            bear(watch)
        watch.watch(30, step=3)
        assert [(each.rule, each.state) for each in watch.alerts] == [
            ("postgres_unavailable", "resolved")
        ]

    def test_is_told_once_and_resolved_once(self, watch: Watch, postgres: EmbeddedPostgres) -> None:
        with stopped(postgres, watch):
            bear(watch, seconds=60)
        watch.watch(60, step=3)
        assert watch.sink.lines == [FIRING, RESOLVED]
        assert len(watch.letters) == 2

    def test_raises_no_alarm_about_those_who_could_not_leave_a_sign(
        self, watch: Watch, postgres: EmbeddedPostgres
    ) -> None:
        with stopped(postgres, watch):
            bear(watch, seconds=60)
        watch.watch(6, step=3, meanwhile=nobody_lives)
        watch.watch(60, step=3)
        assert {each.rule for each in watch.alerts} == {"postgres_unavailable"}

    def test_repeats_every_hour(self, watch: Watch, postgres: EmbeddedPostgres) -> None:
        with stopped(postgres, watch):
            watch.watch(3 * 3600, step=600, meanwhile=nobody_lives)
        assert watch.sink.lines == [FIRING] * 3

    def test_means_one_that_only_reads_too(self, watch: Watch, postgres: EmbeddedPostgres) -> None:
        with read_only(postgres, watch):
            bear(watch)
            assert watch.sink.lines == [FIRING]
        watch.watch(30, step=3)
        assert watch.sink.lines == [FIRING, RESOLVED]


@contextmanager
def read_only(postgres: EmbeddedPostgres, watch: Watch) -> Iterator[None]:
    def set_to(value: str) -> None:
        connection = psycopg2.connect(postgres.url, options="-c default_transaction_read_only=off")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()
        wait_until(lambda: shown() == value)

    def shown() -> str:
        with closing(psycopg2.connect(postgres.url)) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW default_transaction_read_only")
            return str(cursor.fetchall()[0][0])

    set_to("on")
    try:
        yield
    finally:
        set_to("off")
        watch.door.services.database.breaker.close()


class TestWhatElseHappensMeanwhile:
    def test_is_told_and_written_down(
        self, watch: Watch, postgres: EmbeddedPostgres, redis_server: EmbeddedRedis
    ) -> None:
        with stopped(postgres, watch), full(redis_server):
            bear(watch)
        watch.watch(30, step=3)
        assert sorted(watch.sink.lines) == [
            FIRING,
            "firing redis_unavailable",
            RESOLVED,
            "resolved redis_unavailable",
        ]
        assert {each.state for each in watch.alerts} == {"resolved"}

    def test_may_begin_and_end_meanwhile(
        self, watch: Watch, postgres: EmbeddedPostgres, redis_server: EmbeddedRedis
    ) -> None:
        with stopped(postgres, watch):
            with full(redis_server):
                bear(watch)
            bear(watch, seconds=30)
        watch.watch(30, step=3)
        assert watch.sink.lines.count("resolved redis_unavailable") == 1
        assert {each.rule for each in watch.alerts} == {"postgres_unavailable", "redis_unavailable"}

    def test_may_end_what_began_before(
        self, watch: Watch, postgres: EmbeddedPostgres, redis_server: EmbeddedRedis
    ) -> None:
        with full(redis_server):
            watch.watch(12, step=3)
            postgres.stop()
            bear(watch)
        try:
            bear(watch, seconds=30)
        finally:
            postgres.start()
        watch.door.services.database.breaker.close()
        watch.watch(30, step=3)
        redis = [each.state for each in watch.alerts if each.rule == "redis_unavailable"]
        assert redis == ["resolved"]
        assert watch.sink.lines.count("resolved redis_unavailable") == 1


class TestAChannelThatIsDownToo:
    @pytest.fixture
    def refused(self, watch: Watch, postgres: EmbeddedPostgres) -> Watch:
        watch.sink.answers = [500, 500]
        with stopped(postgres, watch):
            bear(watch, seconds=3)
            watch.watch(5, meanwhile=nobody_lives)
        assert watch.sink.lines == []
        return watch

    def test_is_told_when_it_is_back(self, refused: Watch) -> None:
        refused.watch(30)
        assert refused.sink.lines == [FIRING, RESOLVED]

    def test_is_told_the_same_message(self, refused: Watch) -> None:
        refused.watch(30)
        tries = [*refused.sink.refused, refused.sink.accepted[0]]
        assert len(tries) > 1
        assert len({each.headers["webhook-id"] for each in tries}) == 1

    def test_holds_up_no_other(self, watch: Watch, postgres: EmbeddedPostgres) -> None:
        watch.sink.answers = [500] * 100
        with stopped(postgres, watch):
            bear(watch)
            assert len(watch.letters) == 1

    def test_holds_up_no_other_alert(
        self, watch: Watch, postgres: EmbeddedPostgres, redis_server: EmbeddedRedis
    ) -> None:
        watch.sink.unwanted = FIRING
        with stopped(postgres, watch):
            bear(watch, seconds=9)
            with full(redis_server):
                bear(watch)
            assert watch.sink.lines == ["firing redis_unavailable"]


class TestSeveralWatchdogs:
    @pytest.fixture
    def other(self, open_watch: OpenWatch) -> Watch:
        other = open_watch()
        other.watch(3)
        return other

    def test_tell_once(self, watch: Watch, other: Watch, postgres: EmbeddedPostgres) -> None:
        with stopped(postgres, watch, other):
            for _ in range(4):
                bear(watch, seconds=3)
                bear(other, seconds=3)
            assert len(watch.sink.lines + other.sink.lines) == 1
        for _ in range(10):
            watch.watch(2)
            other.watch(2)
        assert sorted(watch.sink.lines + other.sink.lines) == [FIRING, RESOLVED]
        assert len(watch.alerts) == 1

    def test_take_over_from_one_that_died(
        self, watch: Watch, other: Watch, postgres: EmbeddedPostgres
    ) -> None:
        with stopped(postgres, watch, other):
            bear(watch)
            bear(other)
        other.watch(30)
        assert other.sink.lines == [RESOLVED]
        assert [each.state for each in other.alerts] == ["resolved"]


class TestAWatchdogThatStartsMeanwhile:
    @pytest.fixture
    def smtp_away(self) -> str:
        return f"smtp://127.0.0.1:{free_port()}?starttls=off"

    def test_tells_what_nobody_told(
        self, open_watch: OpenWatch, postgres: EmbeddedPostgres
    ) -> None:
        with stopped(postgres):
            watch = open_watch()
            bear(watch)
        watch.door.services.database.breaker.close()
        assert watch.sink.lines == [FIRING]

    def test_does_not_tell_again(
        self, watch: Watch, open_watch: OpenWatch, postgres: EmbeddedPostgres
    ) -> None:
        with stopped(postgres, watch):
            bear(watch)
            restarted = open_watch()
            bear(restarted, seconds=30)
            assert restarted.sink.lines == []

    def test_knows_what_was_told_before(
        self,
        watch: Watch,
        open_watch: OpenWatch,
        postgres: EmbeddedPostgres,
        smtp_away: str,
    ) -> None:
        """Of a mail server that is away since longer."""
        first = open_watch(SMTP_URL=smtp_away)
        first.watch(12, step=3)
        with stopped(postgres, watch, first):
            bear(first, seconds=6)
            second = open_watch(SMTP_URL=smtp_away)
            bear(second, seconds=30)
            assert first.sink.lines[0] == "firing mail_server_unavailable"
            assert "firing mail_server_unavailable" not in second.sink.lines


class TestTheHistoryOfReadiness:
    def test_has_no_hole(self, watch: Watch, postgres: EmbeddedPostgres) -> None:
        records = watch.door.services.records
        records.complete()
        with stopped(postgres, watch):
            for _ in range(10):
                bear(watch, seconds=3)
                _try_to_complete(watch)
        watch.watch(3)
        records.complete()
        found = [each.checks["postgres"] for each in records.newest(limit=100)][::-1]
        assert found == ["up", "down", "down", "up"]

    def test_is_kept_once(self, watch: Watch) -> None:
        records = watch.door.services.records
        records.record()
        for _ in range(10):
            records.complete()
            watch.watch(1)
        assert len(records.newest(limit=100)) == 1


def _try_to_complete(watch: Watch) -> None:
    with pytest.raises(Unavailable):
        watch.door.services.records.complete()


def test_nothing_is_left_waiting(watch: Watch, postgres: EmbeddedPostgres) -> None:
    with stopped(postgres, watch):
        bear(watch)
    watch.watch(3)
    wait_until(lambda: watch.alerting.waiting.is_empty)
