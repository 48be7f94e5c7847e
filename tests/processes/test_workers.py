"""Workers, beat and Flower outlive Redis, finish what they began, and leave when asked to."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from structlog.contextvars import bound_contextvars

from tasks.nudges import Nudges, open_nudges
from tests.processes.stage import ROOT, Stage, open_stage, temporary_home, wait_until

FLOWER_USER = ("operator", "a password")


@dataclass
class Crew:
    """A stage with naps to take, and everything that was noted about them."""

    stage: Stage
    nudges: Nudges

    def start_worker(self) -> None:
        ready = self.said("worker").count("process_ready")
        self.stage.start("worker")
        wait_until(lambda: self.said("worker").count("process_ready") > ready)

    def nap(self, name: str, seconds: float) -> None:
        wait_until(lambda: not self.nudges.breaker.is_open)
        self.nudges.publish("tasks.sweeps.nap", name, str(seconds))

    def began(self, name: str) -> list[int]:
        return self._noted("began", name)

    def ended(self, name: str) -> list[int]:
        return self._noted("ended", name)

    def said(self, process: str) -> list[str]:
        return [line["event"] for line in self.lines(process)]

    def lines(self, process: str) -> list[dict[str, Any]]:
        log = self.stage.log(process)
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def _noted(self, what: str, name: str) -> list[int]:
        notes = Path(self.stage.environ["NOTES"]).read_text()
        return [int(pid) for pid in re.findall(rf"^{what} {name} (\d+)$", notes, re.MULTILINE)]


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with temporary_home() as home:
        notes, chores = home / "notes", Path(__file__).parent
        notes.touch()
        with open_stage(home, NOTES=str(notes), PYTHONPATH=str(chores)) as stage:
            stage.commands.processes["worker"] += " --include chores"
            crew = Crew(stage, open_nudges(stage.redis.url))
            crew.start_worker()
            yield crew
            crew.nudges.close()


@pytest.fixture
def redis_back(crew: Crew) -> Iterator[None]:
    yield
    crew.stage.redis.thaw()


class TestAWorker:
    def test_logs_the_request_that_asked(self, crew: Crew) -> None:
        with bound_contextvars(request_id="asked-by-this"):
            crew.nap("known", 0)
        wait_until(lambda: "task" in crew.said("worker"))
        line = next(line for line in crew.lines("worker") if line["event"] == "task")
        assert (line["name"], line["outcome"]) == ("tasks.sweeps.nap", "succeeded")
        assert (line["request_id"], "task_id" in line) == ("asked-by-this", True)

    def test_runs_a_killed_task_again(self, crew: Crew) -> None:
        crew.nap("killed", 0.5)
        wait_until(lambda: crew.began("killed"))
        os.kill(crew.began("killed")[0], signal.SIGKILL)
        wait_until(lambda: crew.ended("killed"))
        assert len(crew.began("killed")) == 2

    def test_finishes_its_task_before_it_leaves(self, crew: Crew) -> None:
        crew.nap("last", 2)
        wait_until(lambda: crew.began("last"))
        code, seconds = crew.stage.stop("worker")
        assert (code, len(crew.ended("last"))) == (0, 1)
        assert seconds < 10
        crew.start_worker()


class TestWithoutRedis:
    def test_a_task_goes_on_when_redis_is_killed(self, crew: Crew) -> None:
        crew.nap("undisturbed", 3)
        wait_until(lambda: crew.began("undisturbed"))
        crew.stage.redis.kill()
        time.sleep(1)
        crew.stage.redis.start()
        crew.nap("next", 0)
        wait_until(lambda: crew.ended("next") and crew.ended("undisturbed"))
        assert len(crew.began("undisturbed")) == 1

    @pytest.mark.usefixtures("redis_back")
    def test_work_resumes_when_redis_is_thawed(self, crew: Crew) -> None:
        crew.stage.redis.freeze()
        time.sleep(6)
        crew.stage.redis.thaw()
        crew.nap("thawed", 0)
        assert wait_until(lambda: crew.ended("thawed")) < 15

    @pytest.mark.usefixtures("redis_back")
    def test_the_worker_shows_that_it_lives(self, crew: Crew) -> None:
        crew.stage.redis.freeze()
        crew.stage.rows("DELETE FROM heartbeat RETURNING process")
        wait_until(lambda: crew.stage.rows("SELECT 1 FROM heartbeat WHERE process = 'worker'"))

    @pytest.mark.usefixtures("redis_back")
    def test_the_worker_leaves_when_it_is_asked_to(self, crew: Crew) -> None:
        crew.stage.redis.freeze()
        time.sleep(3)
        code, seconds = crew.stage.stop("worker")
        assert (code, seconds < 30) == (0, True)

    def test_the_worker_waits_and_says_so(self, crew: Crew) -> None:
        crew.stage.redis.stop()
        crew.stage.start("worker")
        wait_until(lambda: "Connection refused" in crew.said("worker")[-1])
        crew.stage.redis.start()
        crew.nap("patient", 0)
        wait_until(lambda: crew.ended("patient"))

    @pytest.mark.usefixtures("redis_back")
    def test_beat_shows_that_it_lives_and_goes_on(self, crew: Crew) -> None:
        crew.stage.redis.freeze()
        crew.stage.start("beat")
        wait_until(lambda: crew.stage.rows("SELECT 1 FROM heartbeat WHERE process = 'beat'"))
        crew.stage.redis.thaw()
        relayed = crew.said("worker").count("task")
        wait_until(lambda: crew.said("worker").count("task") > relayed)
        assert crew.stage.stop("beat")[0] == 0


@pytest.fixture(scope="module")
def flower(crew: Crew) -> Iterator[str]:
    stage = crew.stage
    stage.environ["FLOWER_BASIC_AUTH"] = ":".join(FLOWER_USER)
    stage.start("flower")
    url = f"http://127.0.0.1:{stage.environ['FLOWER_PORT']}"
    wait_until(lambda: _status(f"{url}/healthcheck") == 200)
    yield url
    assert stage.stop("flower")[0] == 0


class TestFlower:
    def test_shows_nothing_without_the_password(self, flower: str) -> None:
        pages = ("/", "/workers", "/tasks", "/metrics", "/api/tasks", "/broker")
        assert {_status(flower + page) for page in pages} == {401}
        assert _status(f"{flower}/tasks", auth=FLOWER_USER) == 200

    def test_shows_what_runs(self, crew: Crew, flower: str) -> None:
        def is_shown() -> bool:
            crew.nap("shown", 0)
            return "tasks.sweeps.nap" in _tasks(flower)

        wait_until(is_shown)

    def test_shows_how_it_ended(self, flower: str) -> None:
        wait_until(lambda: "SUCCESS" in _tasks(flower))


class TestBadSettings:
    def test_are_named_by_every_process_at_once(self, crew: Crew) -> None:
        environ = crew.stage.environ | {"PORT": "none", "DATABASE_URL": ""}
        refused = [_run(process, environ) for process in ("worker", "beat", "flower")]
        complaints = [process.communicate()[1] for process in refused]
        assert {process.returncode for process in refused} == {os.EX_CONFIG}
        assert all("PORT" in text and "DATABASE_URL" in text for text in complaints)


def _run(process: str, environ: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["celery", "-A", "workers.app", process],
        cwd=ROOT,
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    )


def _status(url: str, **options: Any) -> int:
    try:
        return requests.get(url, timeout=10, **options).status_code
    except requests.ConnectionError:
        return 0


def _tasks(flower: str) -> str:
    return requests.get(f"{flower}/api/tasks", timeout=10, auth=FLOWER_USER).text
