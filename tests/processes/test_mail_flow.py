"""A letter follows a registration at once, and no worker's death loses it."""

import random
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.processes.stage import FULL, Stage, wait_until

LETTERS = 50 if FULL else 10
REGISTRATIONS = 500 if FULL else 60
KILLS = 20 if FULL else 3
# The watchdog leaves a letter to the workers for that long.
WITHOUT_WORKERS_SECONDS = 3
MANY = 1000 if FULL else 150


@pytest.fixture(autouse=True)
def _emptied(stage: Stage) -> None:
    """The mailbox keeps the newest thousand only."""
    stage.mailbox.empty()


def test_a_letter_is_readable_within_a_second(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    took = [_time_to_read(stage, f"quick-{number}@example.com") for number in range(LETTERS)]
    _say(
        capsys,
        f"{LETTERS} registrations, from the request to the letter in the mailbox: median "
        f"{statistics.median(took):.3f} s, slowest {max(took):.3f} s",
    )
    assert statistics.median(took) < (1 if FULL else WITHOUT_WORKERS_SECONDS)


def test_killed_workers_lose_no_letter(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    emails = [f"kept-{number}@example.com" for number in range(REGISTRATIONS)]
    with ThreadPoolExecutor(4) as pool:
        statuses = pool.map(stage.register_patiently, emails)
        for _ in range(KILLS):
            time.sleep(random.uniform(0.2, 1.2))
            stage.kill("worker")
            stage.start("worker")
        assert set(statuses) == {202}
    arrived = wait_until(lambda: len(_received(stage, "kept-")) == REGISTRATIONS, seconds=120)
    wait_until(
        lambda: stage.rows("SELECT count(*) FROM outbox WHERE finished_at IS NULL")[0][0] == 0
    )
    ids, copies = _copies(stage, "kept-")
    _say(
        capsys,
        f"{REGISTRATIONS} registrations, {KILLS} workers killed: {len(ids)} distinct letters, "
        f"{copies} sent twice; the last one {arrived:.1f} s after the last registration",
    )
    assert (
        len(ids),
        stage.rows("SELECT count(*) FROM pending_registration WHERE email LIKE 'kept-%'"),
    ) == (
        REGISTRATIONS,
        [(REGISTRATIONS,)],
    )
    assert copies <= KILLS * 2


def test_four_workers_send_each_letter_once(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = ("worker-2", "worker-3", "worker-4")
    stage.start(*extra)
    emails = [f"once-{number}@example.com" for number in range(MANY)]
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(stage.register_patiently, emails)) == {202}
    wait_until(lambda: len(_received(stage, "once-")) == MANY, seconds=120)
    took = time.monotonic() - began
    ids, copies = _copies(stage, "once-")
    _say(capsys, f"{MANY} letters by four workers in {took:.1f} s: {copies} sent twice")
    assert (len(ids), copies) == (MANY, 0)
    for name in extra:
        stage.stop(name)


def _time_to_read(stage: Stage, email: str) -> float:
    began = time.monotonic()
    stage.register(email)
    wait_until(lambda: stage.mailbox.letters(to=email))
    return time.monotonic() - began


def _received(stage: Stage, prefix: str) -> set[str]:
    return {each.to for each in stage.mailbox.letters() if each.to.startswith(prefix)}


def _copies(stage: Stage, prefix: str) -> tuple[Counter[str], int]:
    letters = [each for each in stage.mailbox.letters() if each.to.startswith(prefix)]
    ids = Counter(each.message_id for each in letters)
    return ids, len(letters) - len(ids)


def _say(capsys: pytest.CaptureFixture[str], line: str) -> None:
    with capsys.disabled():
        print(f"\n  {line}", end=" ")
