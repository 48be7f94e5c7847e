"""A promise is written with the fact it follows from, and announced once that is committed."""

from datetime import timedelta
from uuid import UUID

import pytest

from ostiary.courier.outbox import NUDGES_A_RUN, Outbox
from tests.app_client import HeldClock
from tests.outbox_fixture import TASK, Courier, ErrandAsked


def promises(courier: Courier) -> int:
    return int(courier.database.fetch_all("SELECT count(*) AS n FROM outbox")[0].n)


class TestAFact:
    def test_leaves_a_promise_and_a_nudge(self, courier: Courier) -> None:
        promise_id = courier.promise()
        row = courier.row(promise_id)
        assert (row.task, row.channel, row.status) == (TASK, "mail", "queued")
        assert courier.nudges == [promise_id]

    def test_is_announced_only_once_it_is_committed(self, courier: Courier) -> None:
        with courier.database.atomic():
            courier.outbox.record(ErrandAsked(keep_until=courier.clock()))
            assert courier.nudges == []
        assert len(courier.nudges) == 1

    def test_that_is_undone_leaves_neither(self, courier: Courier) -> None:
        with pytest.raises(KeyError), courier.database.atomic():
            courier.outbox.record(ErrandAsked(keep_until=courier.clock()))
            raise KeyError
        assert (promises(courier), courier.nudges) == (0, [])

    def test_is_undone_with_the_part_that_it_belongs_to(self, courier: Courier) -> None:
        with courier.database.atomic():
            with pytest.raises(KeyError), courier.database.atomic():
                courier.outbox.record(ErrandAsked(keep_until=courier.clock()))
                raise KeyError
            courier.outbox.record(ErrandAsked(keep_until=courier.clock()))
        assert (promises(courier), len(courier.nudges)) == (1, 1)

    def test_without_reactions_promises_nothing(self, courier: Courier) -> None:
        outbox = Outbox(courier.database, courier.audit, {}, lambda *_: None, courier.clock)
        outbox.record(ErrandAsked(keep_until=courier.clock()))
        assert promises(courier) == 0


class TestTheRelay:
    @pytest.fixture
    def lost(self, courier: Courier) -> UUID:
        """A promise whose first nudge never arrived."""
        promise_id = courier.promise()
        courier.nudges.clear()
        return promise_id

    def test_nudges_what_is_due(self, courier: Courier, lost: UUID) -> None:
        assert courier.outbox.nudge_due() == 1
        assert courier.nudges == [lost]

    def test_nudges_the_oldest_first(self, courier: Courier) -> None:
        promises = courier.promises_a_second_apart(5)
        courier.nudges.clear()
        courier.outbox.nudge_due()
        assert courier.nudges == promises

    def test_leaves_out_what_it_nudged_within_a_minute(
        self, courier: Courier, lost: UUID, clock: HeldClock
    ) -> None:
        courier.outbox.nudge_due()
        clock.advance(seconds=60)
        assert courier.outbox.nudge_due() == 0
        clock.advance(seconds=1)
        assert courier.outbox.nudge_due() == 1

    def test_leaves_out_what_was_kept(self, courier: Courier, lost: UUID) -> None:
        courier.promises.keep(lost)
        assert courier.outbox.nudge_due() == 0

    def test_leaves_out_what_is_in_somebodys_hands(self, courier: Courier, lost: UUID) -> None:
        nudged: list[int] = []
        courier.errand = lambda _: nudged.append(courier.outbox.nudge_due())
        courier.promises.keep(lost)
        assert nudged == [0]

    def test_leaves_out_what_is_not_due_yet(
        self, courier: Courier, lost: UUID, clock: HeldClock
    ) -> None:
        clock.advance(seconds=-1)
        assert courier.outbox.nudge_due() == 0

    def test_is_silent_while_the_channel_pauses(
        self, courier: Courier, lost: UUID, clock: HeldClock
    ) -> None:
        courier.channels.pause("mail", "the server is away")
        assert courier.outbox.nudge_due() == 0
        clock.advance(seconds=1)
        assert courier.outbox.nudge_due() == 1

    def test_nudges_about_ten_of_very_many_at_once(self, courier: Courier) -> None:
        with courier.database.atomic():
            for _ in range(200):
                courier.outbox.record(ErrandAsked(keep_until=courier.clock()))
        courier.messages.clear()
        courier.outbox.nudge_due()
        assert courier.messages == [10] * 20

    def test_shares_out_a_few_one_by_one(self, courier: Courier) -> None:
        courier.promises_a_second_apart(5)
        courier.messages.clear()
        courier.outbox.nudge_due()
        assert courier.messages == [1] * 5

    def test_nudges_a_thousand_at_most(self, courier: Courier) -> None:
        with courier.database.atomic():
            for _ in range(NUDGES_A_RUN + 1):
                courier.outbox.record(ErrandAsked(keep_until=courier.clock()))
        assert [courier.outbox.nudge_due() for _ in range(3)] == [NUDGES_A_RUN, 1, 0]


class TestASettledPromise:
    def test_is_remembered_for_a_month(self, courier: Courier, clock: HeldClock) -> None:
        courier.promises.keep(courier.promise())
        clock.advance(days=30)
        assert courier.outbox.prune() == 0
        clock.advance(seconds=1)
        assert courier.outbox.prune() == 1

    def test_that_still_waits_is_never_forgotten(self, courier: Courier, clock: HeldClock) -> None:
        courier.promise(keep_for=timedelta(days=100))
        clock.advance(days=99)
        assert courier.outbox.prune() == 0
