"""While the mail server is away nobody runs against it; one success opens it for everybody."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from ostiary.courier.deliveries import Interrupted
from ostiary.courier.leases import CLAIM_NEXT
from ostiary.courier.outbox import NUDGE_DUE
from ostiary.courier.promises import Claimed
from ostiary.courier.smtp import LetterDeferred, ServerMisconfigured, ServerUnreachable
from ostiary.platform.identifiers import new_id
from tests.app_client import HeldClock
from tests.outbox_fixture import Courier

AWAY = ServerUnreachable("connection refused")


def seconds_paused(courier: Courier) -> Any:
    channel = courier.database.fetch_one("SELECT * FROM channel WHERE name = 'mail'")
    return (channel.paused_until - courier.clock()).total_seconds() if channel else None


def plan(courier: Courier, statement: str, **params: Any) -> str:
    lines = courier.database.fetch_all(f"EXPLAIN {statement}", **params)
    return "\n".join(line[0] for line in lines)


def fail_at_once(courier: Courier, times: int) -> None:
    with ThreadPoolExecutor(times) as crowd:
        list(crowd.map(lambda _: courier.channels.pause("mail", "gone"), range(times)))


class TestAPause:
    @pytest.mark.parametrize("problem", [AWAY, ServerMisconfigured("535 bad password")])
    def test_begins_when_nobody_can_be_served(self, courier: Courier, problem: Exception) -> None:
        courier.fail(problem)
        courier.promises.keep(courier.promise())
        assert seconds_paused(courier)

    def test_does_not_begin_when_one_letter_must_wait(self, courier: Courier) -> None:
        courier.fail(LetterDeferred("450 greylisted"))
        courier.promises.keep(courier.promise())
        assert seconds_paused(courier) is None

    def test_takes_a_second_at_first(self, courier: Courier) -> None:
        courier.channels.pause("mail", "gone")
        assert 0.75 <= seconds_paused(courier) <= 1

    def test_doubles_up_to_a_minute_less_a_quarter_at_random(
        self, courier: Courier, clock: HeldClock
    ) -> None:
        for longest in (1, 2, 4, 8, 16, 32, 60, 60, *[60] * 10):
            courier.channels.pause("mail", "gone")
            assert longest * 0.75 <= seconds_paused(courier) <= longest
            clock.advance(seconds=longest)

    def test_is_no_longer_for_many_failures_at_once(self, courier: Courier) -> None:
        fail_at_once(courier, times=8)
        assert seconds_paused(courier) <= 1

    def test_doubles_once_for_many_failures_at_once(
        self, courier: Courier, clock: HeldClock
    ) -> None:
        fail_at_once(courier, times=8)
        clock.advance(seconds=1)
        fail_at_once(courier, times=8)
        assert 1.5 <= seconds_paused(courier) <= 2


class TestTheReasonOfAPause:
    def test_is_logged_without_the_address_that_a_server_quotes(self, courier: Courier) -> None:
        courier.fail(Interrupted("RCPT: 530 <ada@example.com> log in first"))
        with capture_logs() as lines:
            courier.promises.keep(courier.promise())
        assert [line["reason"] for line in lines if "reason" in line] == [
            "RCPT: 530 <[…]> log in first"
        ]


class TestWhileTheChannelPauses:
    def test_nobody_tries(self, courier: Courier) -> None:
        courier.fail(AWAY)
        waiting = [courier.promise() for _ in range(10)]
        for _ in range(3):
            for promise_id in waiting:
                courier.promises.keep(promise_id)
        assert len(courier.runs) == 1

    def test_the_watchdog_does_not_try_either(self, courier: Courier, clock: HeldClock) -> None:
        courier.promise()
        clock.advance(seconds=10)
        courier.channels.pause("mail", "gone")
        assert courier.promises.keep_next_overdue("mail") is False

    def test_other_channels_go_on(self, courier: Courier, clock: HeldClock) -> None:
        courier.channels.pause("mail", "gone")
        by_hand, overdue = courier.promise_alert(), courier.promise_alert()
        courier.promises.keep(by_hand)
        clock.advance(seconds=3)
        courier.channels.pause("mail", "gone")
        courier.promises.keep_next_overdue("alerts.webhook")
        assert [run.id for run in courier.runs] == [by_hand, overdue]

    def test_those_who_wait_are_not_even_looked_at(self, courier: Courier) -> None:
        """Ten thousand letters would be looked at every second, by every watchdog."""
        courier.channels.pause("mail", "gone")
        now = courier.clock()
        claim = {"channel": "mail", "now": now, "due": now, "leased_until": now}
        nudge = {"channel": "mail", "now": now, "nudged_before": now, "limit": 1000}
        assert "One-Time Filter" in plan(courier, CLAIM_NEXT, lease=new_id(), **claim)
        assert "One-Time Filter" in plan(courier, NUDGE_DUE, **nudge)

    def test_ten_minutes_cost_less_than_thirty_attempts(
        self, courier: Courier, clock: HeldClock
    ) -> None:
        courier.fail(AWAY)
        waiting = [courier.promise() for _ in range(10)]
        for _ in range(600):
            clock.advance(seconds=1)
            courier.promises.keep(waiting[0])
            courier.promises.keep_next_overdue("mail")
        assert 15 <= len(courier.runs) < 30


class TestTheFirstSuccess:
    @pytest.fixture
    def waiting(self, courier: Courier, clock: HeldClock) -> list[UUID]:
        """Three promises, a second apart; the mail server was away, and the pause is over."""
        waiting = courier.promises_a_second_apart(3)
        courier.fail(AWAY)
        courier.promises.keep(waiting[0])
        courier.succeed()
        clock.advance(minutes=1)
        return waiting

    def test_ends_the_pause(self, courier: Courier, waiting: list[UUID]) -> None:
        courier.promises.keep_next_overdue("mail")
        assert seconds_paused(courier) is None

    def test_lets_the_others_follow_in_order_of_age(
        self, courier: Courier, waiting: list[UUID]
    ) -> None:
        courier.runs.clear()
        while courier.promises.keep_next_overdue("mail"):
            pass
        assert [run.id for run in courier.runs] == waiting

    def test_makes_the_next_pause_a_short_one(self, courier: Courier, waiting: list[UUID]) -> None:
        courier.promises.keep_next_overdue("mail")
        courier.channels.pause("mail", "gone again")
        assert seconds_paused(courier) <= 1


class TestALetterThatUpsetsTheServer:
    def test_does_not_hold_up_the_others_for_ever(self, courier: Courier, clock: HeldClock) -> None:
        """The server hangs up on one letter whenever it is tried."""
        poison = courier.promise()
        courier.errand = hangs_up_on(poison)
        clock.advance(minutes=5)
        other = courier.promise()
        for _ in range(60):
            clock.advance(seconds=60)
            courier.promises.keep_next_overdue("mail")
        assert courier.status(other) == "sent"


def hangs_up_on(promise_id: UUID) -> Callable[[Claimed], None]:
    def errand(promise: Claimed) -> None:
        if promise.id == promise_id:
            raise Interrupted("connection lost")

    return errand
