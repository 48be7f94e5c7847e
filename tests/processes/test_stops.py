"""Every process starts before its dependencies do, and stops in order when it is asked to."""

import json
from collections.abc import Iterator

import pytest

from tests.processes.stage import Stage, open_stage, temporary_home, wait_until

PROCESSES = ("web", "worker", "beat", "watch", "flower")


@pytest.fixture
def empty_stage() -> Iterator[Stage]:
    with temporary_home() as home, open_stage(home) as stage:
        yield stage


def test_everything_starts_before_its_dependencies(empty_stage: Stage) -> None:
    empty_stage.postgres.stop()
    empty_stage.redis.stop()
    empty_stage.start(*PROCESSES)
    wait_until(empty_stage.answers)
    assert empty_stage.get("/ready").status_code == 503
    empty_stage.postgres.start()
    empty_stage.redis.start()
    wait_until(lambda: empty_stage.get("/ready").json()["status"] == "ready", seconds=60)


def test_everything_stops_within_thirty_seconds(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.start("flower")
    stage.register("last@example.com")
    wait_until(lambda: stage.log("flower").read_text())
    ended = {name: stage.stop(name) for name in PROCESSES}
    with capsys.disabled():
        print("\n ", {name: f"{seconds:.1f} s" for name, (_, seconds) in ended.items()}, end=" ")
    assert {name: code for name, (code, _) in ended.items()} == dict.fromkeys(PROCESSES, 0)
    assert max(seconds for _, seconds in ended.values()) < 30


def test_every_line_of_every_log_is_json(stage: Stage) -> None:
    for name in PROCESSES:
        for line in stage.log(name).read_text().splitlines():
            written = json.loads(line)
            assert {"time", "level", "event", "process"} <= written.keys(), line
