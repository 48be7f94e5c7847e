"""Postgres tells the time, so that no host's clock decides how long a lock or a token lasts."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from ostiary.errors import Unavailable
from ostiary.platform.clock import PostgresClock, system_clock
from ostiary.platform.settings import read_settings
from ostiary.services import Services, open_services
from tests.app_client import UNLIMITED

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_MOMENT = timedelta(seconds=5)


class TestPostgresTime:
    def test_is_told_by_postgres(self) -> None:
        assert abs(PostgresClock(lambda: NOON)() - NOON) < A_MOMENT

    def test_is_asked_for_once_a_minute_at_most(self) -> None:
        looks = iter([NOON])
        clock = PostgresClock(lambda: next(looks))
        assert all(clock() >= NOON for _ in range(100))

    def test_goes_on_while_postgres_is_away(self) -> None:
        answers = iter([NOON])

        def look() -> datetime:
            try:
                return next(answers)
            except StopIteration:
                raise Unavailable from None

        clock = PostgresClock(look)
        clock()
        with time_machine.travel(system_clock() + timedelta(minutes=2), tick=True):
            assert timedelta() <= clock() - NOON < timedelta(minutes=3)

    def test_is_the_machines_before_postgres_was_ever_asked(self) -> None:
        def look() -> datetime:
            raise Unavailable

        assert abs(PostgresClock(look)() - system_clock()) < A_MOMENT


class TestAHostTwoHoursOff:
    @pytest.fixture
    def services(self, database_url: str, redis_url: str) -> Services:
        settings = read_settings(
            {
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "SECRET_KEYS": "a secret for tests that is long enough",
                **UNLIMITED,
            }
        )
        return open_services(settings, nudge=lambda _task, *_promises: None)

    @pytest.mark.parametrize("hours", [-2, 2])
    def test_agrees_with_the_others(self, services: Services, hours: int) -> None:
        true = system_clock()
        with time_machine.travel(true + timedelta(hours=hours), tick=True):
            told = services.outbox.now()
        services.close()
        assert abs(told - true) < A_MOMENT
