"""While Redis is away clients see nothing: same answers, and the letters arrive all the same."""

from collections.abc import Callable

import pytest

from tests.processes.load import Load, lasting, under_load
from tests.processes.stage import FULL, Stage, wait_until

OUTAGE_SECONDS = 60 if FULL else 8
LONGEST_ANSWER_SECONDS = 1 if FULL else 3.5

FAULTS: dict[str, tuple[Callable[[Stage], object], Callable[[Stage], object]]] = {
    "refused": (lambda stage: stage.redis.stop(), lambda stage: stage.redis.start()),
    "frozen": (lambda stage: stage.redis.freeze(), lambda stage: stage.redis.thaw()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_redis_outage(stage: Stage, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    begin, end = FAULTS[fault]
    with under_load(stage) as load:
        lasting(2)
        begin(stage)
        lasting(OUTAGE_SECONDS)
        noticed = stage.check("redis")
    arrived = wait_until(lambda: not load.letterless())
    end(stage)
    resumed = wait_until(lambda: _workers_send_letters(stage))

    _say(capsys, fault, load, arrived, resumed)
    assert noticed == "down"
    assert set(load.statuses()) == {202, 401}
    assert load.slowest() < LONGEST_ANSWER_SECONDS
    wait_until(lambda: stage.check("redis") == "up")


def _workers_send_letters(stage: Stage) -> bool:
    """A letter that left at once left by a worker: the watchdog waits for three seconds."""
    email = f"after-{len(stage.mailbox.letters())}@example.com"
    stage.register(email)
    try:
        wait_until(lambda: stage.mailbox.letters(to=email), seconds=2)
    except AssertionError:
        return False
    return True


def _say(
    capsys: pytest.CaptureFixture[str], fault: str, load: Load, arrived: float, resumed: float
) -> None:
    with capsys.disabled():
        print(
            f"\n  Redis {fault} for {OUTAGE_SECONDS} s: {len(load.answers)} answers "
            f"{dict(load.statuses())}, slowest {load.slowest():.2f} s; last letter "
            f"{arrived:.1f} s after the last registration; workers back after {resumed:.1f} s",
            end=" ",
        )
