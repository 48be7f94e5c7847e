"""A letter not sent yet may be tried again or stopped; one that is under way ends as it does."""

from collections.abc import Callable
from uuid import UUID

import pytest

from ostiary.courier.messages import Messages
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.courier.smtp import LetterDeferred, LetterRefused
from ostiary.errors import MessageAlreadySent, NotFound
from ostiary.platform.identifiers import new_id
from tests.outbox_fixture import Courier

Later = Callable[..., None]


@pytest.fixture
def messages(courier: Courier) -> Messages:
    return Messages(courier.database, courier.outbox, courier.clock)


@pytest.fixture
def refused(courier: Courier) -> UUID:
    """The letter of somebody who has no mailbox."""
    courier.fail(LetterRefused("no such mailbox"))
    promise_id = courier.promise()
    courier.promises.keep(promise_id)
    courier.succeed()
    return promise_id


@pytest.fixture
def expired(courier: Courier, later: Later) -> UUID:
    promise_id = courier.promise()
    later(days=1)
    courier.promises.keep(promise_id)
    return promise_id


@pytest.fixture
def sent(courier: Courier) -> UUID:
    promise_id = courier.promise()
    courier.promises.keep(promise_id)
    return promise_id


def while_sending(courier: Courier, act: Callable[[UUID], None], end: Exception | None) -> UUID:
    """Acts while a worker has the letter in its hands, which then ends like this."""

    def errand(promise: Claimed) -> None:
        act(promise.id)
        if end:
            raise end

    courier.errand = errand
    promise_id = courier.promise()
    courier.promises.keep(promise_id)
    courier.succeed()
    return promise_id


class TestRetrying:
    def test_sends_what_was_refused(
        self, courier: Courier, messages: Messages, refused: UUID
    ) -> None:
        messages.retry(refused)
        courier.promises.keep(refused)
        assert courier.status(refused) == "sent"

    def test_tells_a_worker(self, courier: Courier, messages: Messages, refused: UUID) -> None:
        messages.retry(refused)
        assert courier.nudges == [refused, refused]

    def test_gives_what_expired_its_time_again(
        self, courier: Courier, messages: Messages, expired: UUID, later: Later
    ) -> None:
        messages.retry(expired)
        later(hours=23)
        courier.promises.keep(expired)
        assert courier.status(expired) == "sent"

    def test_ends_what_a_postponed_one_waits_for(
        self, courier: Courier, messages: Messages
    ) -> None:
        courier.fail(LetterDeferred("come again"))
        promise_id = courier.promise()
        courier.promises.keep(promise_id)
        courier.succeed()
        messages.retry(promise_id)
        courier.promises.keep(promise_id)
        assert courier.status(promise_id) == "sent"

    def test_takes_back_a_cancellation(self, courier: Courier, messages: Messages) -> None:
        promise_id = courier.promise()
        messages.cancel(promise_id)
        messages.retry(promise_id)
        courier.promises.keep(promise_id)
        assert (len(courier.runs), courier.status(promise_id)) == (1, "sent")

    def test_of_one_that_is_being_sent_sends_no_second(
        self, courier: Courier, messages: Messages
    ) -> None:
        promise_id = while_sending(courier, messages.retry, None)
        courier.promises.keep(promise_id)
        assert (len(courier.runs), courier.status(promise_id)) == (1, "sent")

    def test_does_not_insist_on_what_nobody_wants(
        self, courier: Courier, messages: Messages, refused: UUID
    ) -> None:
        messages.retry(refused)
        courier.fail(NotWanted())
        courier.promises.keep(refused)
        assert courier.status(refused) == "cancelled"


class TestCancelling:
    def test_stops_what_waits(self, courier: Courier, messages: Messages) -> None:
        promise_id = courier.promise()
        messages.cancel(promise_id)
        courier.promises.keep(promise_id)
        assert (courier.runs, courier.status(promise_id)) == ([], "cancelled")

    @pytest.mark.parametrize(
        ("end", "status"),
        [
            (None, "sent"),
            (LetterRefused("no such mailbox"), "failed"),
            (LetterDeferred("come again"), "cancelled"),
        ],
    )
    def test_of_one_that_is_being_sent_ends_as_it_does(
        self, courier: Courier, messages: Messages, end: Exception | None, status: str
    ) -> None:
        assert courier.status(while_sending(courier, messages.cancel, end)) == status

    def test_of_one_that_is_being_sent_is_not_tried_again(
        self, courier: Courier, messages: Messages, later: Later
    ) -> None:
        promise_id = while_sending(courier, messages.cancel, LetterDeferred("come again"))
        later(hours=1)
        courier.promises.keep(promise_id)
        assert len(courier.runs) == 1

    def test_and_retrying_one_that_is_being_sent_sends_no_second(
        self, courier: Courier, messages: Messages
    ) -> None:
        def both(promise_id: UUID) -> None:
            messages.cancel(promise_id)
            messages.retry(promise_id)

        promise_id = while_sending(courier, both, None)
        courier.promises.keep(promise_id)
        assert (len(courier.runs), courier.status(promise_id)) == (1, "sent")

    def test_leaves_what_was_given_up(
        self, courier: Courier, messages: Messages, refused: UUID
    ) -> None:
        messages.cancel(refused)
        assert courier.status(refused) == "failed"


@pytest.mark.parametrize("verb", [Messages.retry, Messages.cancel])
class TestNeither:
    def test_recalls_what_was_sent(
        self, messages: Messages, sent: UUID, verb: Callable[[Messages, UUID], None]
    ) -> None:
        with pytest.raises(MessageAlreadySent):
            verb(messages, sent)

    def test_knows_what_is_no_letter(
        self, courier: Courier, messages: Messages, verb: Callable[[Messages, UUID], None]
    ) -> None:
        for unknown in (new_id(), courier.promise_alert()):
            with pytest.raises(NotFound):
                verb(messages, unknown)
