"""A promise is kept once, however often, by however many and however clumsily it is asked for."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from ostiary.courier.backoff import backoff
from ostiary.courier.leases import LEASE
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.courier.smtp import LetterDeferred, LetterRefused, OutcomeUnknown, Smtp
from ostiary.errors import Unavailable
from ostiary.platform.identifiers import new_id
from ostiary.platform.settings import SmtpServer
from tasks.app import HARD_LIMIT, SOFT_LIMIT
from tests.app_client import Door, HeldClock, OpenDoor
from tests.outbox_fixture import Courier
from tests.smtp_sink import DROP, Sink, listening

ADA = "ada@example.com"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening(Sink()) as sink:
        yield sink


def keep_all(door: Door) -> None:
    while door.services.promises.keep_next_overdue("mail"):
        pass


def keep_at_once(courier: Courier, promises: list[UUID], threads: int = 8) -> None:
    with ThreadPoolExecutor(threads) as crowd:
        list(crowd.map(courier.promises.keep, promises))


class TestAPromise:
    def test_is_kept_once_however_often_it_is_asked_for(self, courier: Courier) -> None:
        promise_id = courier.promise()
        for _ in range(3):
            courier.promises.keep(promise_id)
        assert (len(courier.runs), courier.status(promise_id)) == (1, "sent")

    def test_is_kept_once_by_many_at_the_same_time(self, courier: Courier) -> None:
        promises = [courier.promise() for _ in range(10)]
        keep_at_once(courier, [*promises, *promises] * 4)
        assert sorted(run.id for run in courier.runs) == sorted(promises)

    def test_is_kept_after_those_before_it(self, courier: Courier) -> None:
        promises = [courier.promise() for _ in range(3)]
        courier.promises.keep(*promises)
        assert [run.id for run in courier.runs] == promises

    def test_that_has_to_wait_too_long_for_them_is_nudged_again(
        self, courier: Courier, clock: HeldClock
    ) -> None:
        promises = [courier.promise() for _ in range(3)]
        courier.outbox.nudge_due()
        courier.errand = lambda _: clock.advance(seconds=1)
        courier.promises.keep(*promises)
        assert [courier.status(each) for each in promises] == ["sent", "sent", "queued"]
        assert courier.outbox.nudge_due() == 1

    def test_is_kept_once_by_watchdogs_at_the_same_time(
        self, courier: Courier, clock: HeldClock
    ) -> None:
        promises = [courier.promise() for _ in range(10)]
        clock.advance(seconds=3)
        with ThreadPoolExecutor(8) as crowd:
            list(crowd.map(lambda _: courier.promises.keep_next_overdue("mail"), range(40)))
        assert sorted(run.id for run in courier.runs) == sorted(promises)

    def test_that_nobody_made_is_nobodys_business(self, courier: Courier) -> None:
        courier.promises.keep(new_id())
        assert courier.runs == []

    def test_says_when_it_was_kept(self, courier: Courier, clock: HeldClock) -> None:
        promise_id = courier.promise()
        clock.advance(seconds=2)
        courier.promises.keep(promise_id)
        row = courier.row(promise_id)
        assert (row.finished_at, row.attempts, row.last_error) == (clock(), 1, None)

    def test_is_cancelled_when_it_is_not_wanted_any_more(self, courier: Courier) -> None:
        courier.fail(NotWanted())
        promise_id = courier.promise()
        courier.promises.keep(promise_id)
        assert courier.status(promise_id) == "cancelled"

    def test_expires_when_it_is_worth_nothing_any_more(
        self, courier: Courier, clock: HeldClock
    ) -> None:
        promise_id = courier.promise(keep_for=timedelta(minutes=1))
        clock.advance(minutes=1)
        courier.promises.keep(promise_id)
        assert (courier.runs, courier.status(promise_id)) == ([], "expired")


class TestALease:
    @pytest.fixture
    def dead(self, courier: Courier) -> UUID:
        """A promise whose keeper died with it in hand."""
        promise_id = courier.promise()
        courier.fail(Unavailable("as good as dead"))
        with pytest.raises(Unavailable):
            courier.promises.keep(promise_id)
        courier.succeed()
        courier.runs.clear()
        return promise_id

    def test_keeps_others_away_while_it_lasts(
        self, courier: Courier, dead: UUID, clock: HeldClock
    ) -> None:
        clock.advance(seconds=LEASE.total_seconds() - 0.001)
        courier.promises.keep(dead)
        assert (courier.runs, courier.status(dead)) == ([], "sending")

    def test_lets_another_take_over_when_it_ends(
        self, courier: Courier, dead: UUID, clock: HeldClock
    ) -> None:
        clock.advance(seconds=LEASE.total_seconds())
        courier.promises.keep(dead)
        assert (courier.row(dead).attempts, courier.status(dead)) == (2, "sent")

    def test_is_given_to_one_of_many(self, courier: Courier, dead: UUID, clock: HeldClock) -> None:
        clock.advance(seconds=LEASE.total_seconds())
        keep_at_once(courier, [dead] * 16)
        assert len(courier.runs) == 1

    @pytest.mark.parametrize("late", [None, LetterRefused("550"), LetterDeferred("450")])
    def test_that_was_lost_changes_nothing(
        self, courier: Courier, clock: HeldClock, late: Exception | None
    ) -> None:
        promise_id = courier.promise()

        def dawdle(_: Claimed) -> None:
            clock.advance(seconds=LEASE.total_seconds())
            courier.fail(NotWanted())
            courier.promises.keep(promise_id)
            if late:
                raise late

        courier.errand = dawdle
        courier.promises.keep(promise_id)
        assert courier.status(promise_id) == "cancelled"

    def test_outlives_every_task_and_a_task_every_delivery(self) -> None:
        delivery = Smtp(SmtpServer("localhost", 25, None, None, "off")).deadline
        assert delivery < SOFT_LIMIT < HARD_LIMIT < LEASE


class TestAPostponedPromise:
    @pytest.mark.parametrize(
        "problem", [LetterDeferred("450 later"), OutcomeUnknown("lost"), KeyError("a bug of ours")]
    )
    def test_waits_and_says_why(
        self, courier: Courier, clock: HeldClock, problem: Exception
    ) -> None:
        courier.fail(problem)
        promise_id = courier.promise()
        courier.promises.keep(promise_id)
        row = courier.row(promise_id)
        assert (row.status, row.last_error) == ("queued", str(problem))
        assert 0.75 <= (row.due_at - clock()).total_seconds() <= 1

    def test_is_left_alone_until_it_is_due(self, courier: Courier, clock: HeldClock) -> None:
        courier.fail(LetterDeferred("450 later"))
        promise_id = courier.promise()
        for seconds in (0, 0.7, 0.3):
            clock.advance(seconds=seconds)
            courier.promises.keep(promise_id)
        assert len(courier.runs) == 2

    def test_may_be_nudged_again_at_once(self, courier: Courier, clock: HeldClock) -> None:
        courier.fail(LetterDeferred("450 later"))
        promise_id = courier.promise()
        courier.outbox.nudge_due()
        courier.promises.keep(promise_id)
        clock.advance(seconds=1)
        assert courier.outbox.nudge_due() == 1

    def test_forgets_what_was_wrong_once_it_is_kept(
        self, courier: Courier, clock: HeldClock
    ) -> None:
        courier.fail(LetterDeferred("450 later"))
        promise_id = courier.promise()
        courier.promises.keep(promise_id)
        courier.succeed()
        clock.advance(seconds=1)
        courier.promises.keep(promise_id)
        assert (courier.status(promise_id), courier.row(promise_id).last_error) == ("sent", None)

    def test_whose_task_is_unknown_here_waits_for_somebody_who_knows_it(
        self, courier: Courier
    ) -> None:
        promise_id = courier.promise()
        courier.database.run("UPDATE outbox SET task = 'tasks.mail.of_a_newer_release'")
        courier.promises.keep(promise_id)
        assert courier.status(promise_id) == "queued"


class TestTheBackOff:
    @pytest.mark.parametrize(
        ("attempts", "longest"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (1_000_000, 300)]
    )
    def test_doubles_up_to_five_minutes_less_a_quarter_at_random(
        self, attempts: int, longest: int
    ) -> None:
        waits = [backoff(attempts).total_seconds() for _ in range(200)]
        assert longest * 0.75 <= min(waits) < max(waits) <= longest
        assert max(waits) - min(waits) > longest * 0.2


class TestWhenPostgresBlinks:
    def test_what_was_done_is_noted_all_the_same(self, courier: Courier) -> None:
        courier.errand = lambda _: courier.database.breaker.trip()
        promise_id = courier.promise()
        courier.promises.keep(promise_id)
        assert courier.status(promise_id) == "sent"


class TestALetterOfVerification:
    def test_is_cancelled_when_the_claim_is_confirmed(self, door: Door) -> None:
        door.register(ADA)
        token = door.token(ADA)
        door.post("/v1/auth/verify-email/resend", email=ADA)
        door.verify(token)
        assert len(door.letters(ADA)) == 1
        assert statuses(door) == ["sent", "cancelled"]

    def test_is_cancelled_when_another_claim_is_confirmed(self, door: Door) -> None:
        door.register(ADA)
        token = door.token(ADA)
        door.register(ADA, "the password of a stranger")
        door.verify(token)
        assert len(door.letters(ADA)) == 1
        assert statuses(door) == ["sent", "cancelled"]

    @pytest.mark.parametrize("copy", [0, 1])
    def test_that_was_sent_twice_works_in_either_copy(
        self, door: Door, later: Callable[..., None], copy: int
    ) -> None:
        door.register(ADA)
        _, promise_id = door.nudges[0]
        tokens = [door.token(ADA)]
        die_before_the_commit(door)
        later(seconds=31)
        door.services.promises.keep(promise_id)
        tokens.append(door.token(ADA))
        assert len({letter.message_id for letter in door.letters(ADA)}) == 1
        assert door.verify(tokens[copy]).status_code == 200


class TestLetters:
    def test_of_which_four_keepers_have_many_arrive_once(
        self, open_door: OpenDoor, sink: Sink, later: Callable[..., None]
    ) -> None:
        door = open_door(SMTP_URL=sink.url)
        for number in range(60):
            door.register(f"user{number}@example.com")
        later(seconds=3)
        with ThreadPoolExecutor(4) as keepers:
            list(keepers.map(lambda _: keep_all(door), range(4)))
        assert (len(sink.deliveries), sink.duplicates) == (60, [])


class TestTheTokenOfALetter:
    @pytest.fixture
    def door(self, open_door: OpenDoor, sink: Sink) -> Door:
        return open_door(SMTP_URL=sink.url)

    @pytest.mark.parametrize("reply", ["450 greylisted", "550 unknown"])
    def test_is_forgotten_when_the_letter_did_not_arrive(
        self, door: Door, sink: Sink, reply: str
    ) -> None:
        sink.recipient = reply
        door.register(ADA)
        door.work()
        assert tokens(door) == 0

    def test_is_kept_when_the_letter_may_have_arrived(self, door: Door, sink: Sink) -> None:
        sink.letter = DROP
        door.register(ADA)
        door.work()
        assert tokens(door) == 1


def tokens(door: Door) -> int:
    return len(door.services.database.fetch_all("SELECT FROM letter_token"))


def statuses(door: Door) -> list[str]:
    rows = door.services.database.fetch_all("SELECT status FROM outbox ORDER BY id")
    return [row.status for row in rows]


def die_before_the_commit(door: Door) -> None:
    """As if the keeper had been killed after the mail server had taken the letter."""
    door.services.database.run(
        "UPDATE outbox SET status = 'sending', lease = %(lease)s, finished_at = NULL",
        lease=new_id(),
    )
