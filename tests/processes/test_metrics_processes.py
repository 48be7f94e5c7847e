"""`/metrics` is right whichever process answers, and whichever of them is killed meanwhile."""

import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ostiary.dev.kinship import descendants
from ostiary.platform.tallies.folder import PREFIX
from tests.processes.stage import FULL, Stage, open_stage, wait_until

SECRET = "a secret for Prometheus"
HEADERS = {"x-metrics-secret": SECRET}
KILLS = 12 if FULL else 4
BETWEEN_KILLS = 5.0 if FULL else 1.0
SERIES = re.compile(r"^(ostiary_\w+_(?:total|count|bucket|sum)(?:{[^}]*})?) (\S+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def temporary() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="ostiary-stage-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def stage(temporary: Path) -> Iterator[Stage]:
    settings = {
        "METRICS_ENABLED": "true",
        "METRICS_GUARD_SECRET": SECRET,
        "WEB_CONCURRENCY": "3",
        "TMPDIR": str(temporary),
    }
    with open_stage(temporary, **settings) as stage:
        yield stage


@pytest.fixture
def web(stage: Stage) -> Iterator[Stage]:
    stage.start("web")
    wait_until(stage.answers)
    yield stage
    if "web" in stage.processes:
        stage.stop("web")


def folder(temporary: Path) -> Path:
    (found,) = temporary.glob(f"{PREFIX}*")
    return found


def scrape(stage: Stage) -> tuple[int, dict[str, float]]:
    answered = stage.get("/metrics", headers=HEADERS)
    return answered.status_code, {
        name: float(value) for name, value in SERIES.findall(answered.text)
    }


def kill_a_child(stage: Stage) -> None:
    master = stage.processes["web"].pid
    children = descendants(master)
    os.kill(children[0], signal.SIGKILL)
    wait_until(lambda: len([pid for pid in descendants(master) if pid not in children]) > 0)


def test_every_process_tells_of_all(web: Stage) -> None:
    of = 'ostiary_http_requests_total{method="GET",route="unmatched",status="404"}'
    for _ in range(60):
        web.get("/nowhere")
    assert {scrape(web)[1][of] for _ in range(10)} == {60.0}


def test_no_count_falls_and_no_file_is_left_when_processes_are_killed(
    web: Stage, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    highest: dict[str, float] = {}
    statuses: list[int] = []
    seconds: list[float] = []
    for _ in range(KILLS):
        kill_a_child(web)
        until = time.monotonic() + BETWEEN_KILLS
        while time.monotonic() < until:
            web.post("/v1/auth/login", email="nobody@example.com", password="wrong")
            began = time.monotonic()
            status, found = scrape(web)
            seconds.append(time.monotonic() - began)
            statuses.append(status)
            for name, value in highest.items():
                assert found[name] >= value, name
            highest |= found
    files = sorted(folder(temporary).glob("*.db"))
    with capsys.disabled():
        print(f"\n  {KILLS} kills, {len(statuses)} scrapes, slowest {max(seconds):.2f} s", end=" ")
    assert set(statuses) == {200}
    wait_until(lambda: len(list(folder(temporary).glob("*.db"))) <= 2 * (3 + 1))
    assert sum(file.stat().st_size for file in files) < 1_000_000


@pytest.mark.parametrize("content", [b"", b"\x01", b"\xff" * 5_000, os.urandom(5_000)])
def test_a_spoilt_file_spoils_no_answer(web: Stage, temporary: Path, content: bytes) -> None:
    for name in ("counter_1.db", "histogram_1.db", "counter_archive.db"):
        (folder(temporary) / name).write_bytes(content)
    assert scrape(web)[0] == 200
    kill_a_child(web)
    assert scrape(web)[0] == 200


def test_only_the_secret_opens(web: Stage) -> None:
    stranger = {"X-Forwarded-For": "127.0.0.1", "x-metrics-secret": "guessed"}
    for path in ("/metrics", "/metrics/", "//metrics", "/Metrics", "/%6detrics", "/./metrics"):
        for headers in ({}, stranger):
            refused = web.get(path, headers=headers)
            assert refused.status_code in {403, 404}, path
            assert "ostiary_" not in refused.text


def test_the_folder_goes_with_its_master(stage: Stage, temporary: Path) -> None:
    stage.start("web")
    wait_until(stage.answers)
    assert folder(temporary).stat().st_mode & 0o777 == 0o700
    stage.stop("web")
    assert not list(temporary.glob(f"{PREFIX}*"))


def test_the_folder_of_a_killed_master_goes_with_the_next(stage: Stage, temporary: Path) -> None:
    stage.start("web")
    wait_until(stage.answers)
    left = folder(temporary)
    stage.kill("web")
    stage.start("web")
    wait_until(stage.answers)
    assert folder(temporary) != left
    stage.stop("web")
