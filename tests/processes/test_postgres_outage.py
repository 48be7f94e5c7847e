"""While Postgres is away everybody is told to come back, and nothing has to be restarted."""

import time

import pytest
import requests

from tests.processes.load import Answer, Load, lasting, under_load
from tests.processes.stage import FULL, Stage, wait_until

OUTAGE_SECONDS = 30 if FULL else 6
# What is promised of a machine that does nothing besides, and what any keeps.
LONGEST_ANSWER_SECONDS, UNREADY_SECONDS, READY_SECONDS = (3, 10, 20) if FULL else (6, 30, 30)
EXPECTED = {202, 401, 503}


def test_a_restart_under_load(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    with under_load(stage) as load:
        lasting(2)
        began = time.monotonic()
        for _ in range(3 if FULL else 1):
            stage.postgres.stop()
            stage.postgres.start()
            lasting(3)
    _say(capsys, "restarted", load, began)
    _ensure_expected(load)
    assert _worked_again(load, began)
    wait_until(lambda: not load.letterless(), seconds=60)


def test_a_frozen_server(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    health: list[int] = []
    with under_load(stage) as load:
        lasting(2)
        began = time.monotonic()
        stage.postgres.freeze()
        unready = wait_until(
            lambda: stage.get("/ready").status_code == 503, seconds=UNREADY_SECONDS
        )
        lasting(OUTAGE_SECONDS, lambda: health.append(stage.get("/health").status_code))
        stage.postgres.thaw()
        thawed = time.monotonic()
        ready = wait_until(lambda: stage.get("/ready").status_code == 200, seconds=READY_SECONDS)
        lasting(2)
    _say(capsys, f"frozen (/ready 503 after {unready:.1f} s, 200 after {ready:.1f} s)", load, began)
    _ensure_expected(load)
    during = [each for each in load.answers if began + 5 < each.at < thawed - 1]
    assert {each.status for each in during} == {503}
    assert load.slowest() < LONGEST_ANSWER_SECONDS
    assert sorted(each.seconds for each in during)[len(during) // 2] < 0.5
    assert set(health) == {200}
    assert _worked_again(load, thawed + 1)


def test_what_signs_goes_on_being_published(stage: Stage) -> None:
    keys = stage.get("/.well-known/jwks.json").json()
    stage.postgres.freeze()
    try:
        answered = [requests.get(f"{stage.url}/.well-known/jwks.json", timeout=10) for _ in "12"]
    finally:
        stage.postgres.thaw()
    assert {each.status_code for each in answered} <= {200, 503}
    assert all(each.json() == keys for each in answered if each.ok)
    wait_until(lambda: stage.get("/ready").status_code == 200)


def _ensure_expected(load: Load) -> None:
    assert set(load.statuses()) <= EXPECTED
    assert all(each.retry_after for each in load.answers if each.status == 503)


def _worked_again(load: Load, since: float) -> bool:
    last: list[Answer] = [each for each in load.answers if each.at > since][-4:]
    return bool(last) and all(each.status in {202, 401} for each in last)


def _say(capsys: pytest.CaptureFixture[str], what: str, load: Load, began: float) -> None:
    refused = [each for each in load.answers if each.status == 503]
    span = max((each.at for each in refused), default=began) - began
    with capsys.disabled():
        print(
            f"\n  Postgres {what}: {len(load.answers)} answers {dict(load.statuses())}, "
            f"slowest {load.slowest():.2f} s; the last 503 {span:.1f} s after the fault",
            end=" ",
        )
