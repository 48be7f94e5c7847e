"""`/metrics` is right whichever process answers, and whichever of them is killed meanwhile."""

import os
import random
import re
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Self

import pytest
import requests

from ostiary.platform.tallies.folder import PREFIX
from tests.processes.load import lasting, under_load
from tests.processes.stage import FULL, Stage, open_stage, temporary_home, wait_until
from workshop.harness.ports import free_port
from workshop.harness.process_tree import descendants

SECRET = "a secret for Prometheus"
HEADERS = {"x-metrics-secret": SECRET}
KILLS = 12 if FULL else 4
BETWEEN_KILLS = 5.0 if FULL else 2.5
PROBES = (
    b"GET /metrics HTTP/1.1",
    b"GET /metrics?x=1 HTTP/1.1",
    b"GET /metrics/ HTTP/1.1",
    b"GET //metrics HTTP/1.1",
    b"GET /Metrics HTTP/1.1",
    b"GET /%6detrics HTTP/1.1",
    b"GET /metrics;x HTTP/1.1",
    b"GET /./metrics HTTP/1.1",
    b"GET /x/../metrics HTTP/1.1",
    b"GET http://localhost/metrics HTTP/1.1",
    b"GET metrics HTTP/1.1",
    b"HEAD /metrics HTTP/1.1",
    b"POST /metrics HTTP/1.1\r\nContent-Length: 0",
    b"OPTIONS /metrics HTTP/1.1",
    b"GET /metrics HTTP/1.0",
    b"GET /metrics",
)
SPOILT = (b"", b"\x01", b"\xff" * 5_000, os.urandom(5_000))
# OPTIONS tells what may be asked, and nothing else.
REFUSED = {b"204", b"400", b"403", b"404", b"405"}
STRANGERS = (
    b"x-metrics-secret:",
    b"x-metrics-secret: wrong",
    b"x-metrics-secret: \xe9\xff",
    b"x_metrics_secret: " + SECRET.encode(),
    b"X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1",
)
SERIES = re.compile(r"^(ostiary_\w+_(?:total|count|bucket|sum)(?:{[^}]*})?) (\S+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def temporary() -> Iterator[Path]:
    with temporary_home() as home:
        yield home


@pytest.fixture(scope="module")
def stage(temporary: Path) -> Iterator[Stage]:
    settings = {
        "METRICS_ENABLED": "true",
        "METRICS_GUARD_SECRET": SECRET,
        "WORKER_METRICS_PORT": str(free_port()),
        "WEB_CONCURRENCY": "3",
        "TMPDIR": str(temporary),
        "SCHEDULE_RELAY_OUTBOX": "0.2s",
    }
    with open_stage(temporary, **settings) as stage:
        yield stage


@dataclass
class Source:
    """Something to scrape, with its folder of counts."""

    stage: Stage
    process: str
    port: int
    temporary: Path
    highest: dict[str, float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.stage.processes[self.process].pid

    @property
    def folder(self) -> Path:
        return folder(self.temporary / self.process)

    def start(self) -> Self:
        home = self.temporary / self.process
        home.mkdir(exist_ok=True)
        self.stage.environ["TMPDIR"] = str(home)
        self.stage.start(self.process)
        self.stage.environ["TMPDIR"] = str(self.temporary)
        wait_until(self.listens)
        return self

    def listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def has_worked(self) -> bool:
        return any(name.startswith("ostiary_tasks_total") for name in self.scrape()[1])

    def scrape(self) -> tuple[int, dict[str, float]]:
        began = time.monotonic()
        shown = requests.get(f"http://127.0.0.1:{self.port}/metrics", headers=HEADERS, timeout=30)
        self.seconds.append(time.monotonic() - began)
        return shown.status_code, {name: float(value) for name, value in SERIES.findall(shown.text)}

    def ensure_nothing_fell(self) -> None:
        status, found = self.scrape()
        assert status == 200
        assert [name for name, value in self.highest.items() if found.get(name, 0) < value] == []
        self.highest |= found

    def kill_a_child(self) -> None:
        children = descendants(self.pid)
        os.kill(random.choice(children), signal.SIGKILL)
        wait_until(lambda: len(set(descendants(self.pid)) - set(children)) > 0)

    def knock(self, line: bytes, header: bytes = b"X-Nothing: x") -> bytes:
        """Whatever comes back until the server hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            client.sendall(b"\r\n".join((line, b"Host: x", header, b"Connection: close", b"", b"")))
            return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.fixture
def web(stage: Stage, temporary: Path) -> Iterator[Source]:
    yield Source(stage, "web", stage.port, temporary).start()
    if "web" in stage.processes:
        stage.stop("web")


@pytest.fixture
def worker(stage: Stage, temporary: Path) -> Iterator[Source]:
    port = int(stage.environ["WORKER_METRICS_PORT"])
    stage.start("beat")
    source = Source(stage, "worker", port, temporary).start()
    # Celery gives up when it loses a process before it is ready.
    wait_until(source.has_worked)
    yield source
    for name in {"worker", "beat"} & stage.processes.keys():
        stage.stop(name)


@pytest.fixture(params=["web", "worker"])
def source(request: pytest.FixtureRequest) -> Source:
    found: Source = request.getfixturevalue(request.param)
    return found


def folder(temporary: Path) -> Path:
    (found,) = temporary.glob(f"{PREFIX}*")
    return found


def test_every_process_tells_of_all(web: Source) -> None:
    of = 'ostiary_http_requests_total{method="GET",route="unmatched",status="404"}'
    for _ in range(60):
        web.stage.get("/nowhere")
    assert {web.scrape()[1][of] for _ in range(10)} == {60.0}


def test_a_worker_tells_of_its_pool(worker: Source) -> None:
    of = 'ostiary_tasks_total{outcome="succeeded",task="tasks.outbox.relay"}'
    wait_until(lambda: worker.scrape()[1].get(of, 0) > 5)


def test_no_count_falls_and_no_file_is_left_when_processes_are_killed(
    web: Source, worker: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    with under_load(web.stage):
        for _ in range(KILLS):
            for source in (web, worker):
                source.kill_a_child()
            for source in (web, worker):
                lasting(BETWEEN_KILLS / 2, source.ensure_nothing_fell)
    for source, processes in ((web, 3), (worker, 3)):
        wait_until(partial(has_files, source, at_most=2 * (processes + 1)))
        assert sum(file.stat().st_size for file in source.folder.iterdir()) < 20_000_000
        with capsys.disabled():
            print(
                f"\n  {source.process}: {KILLS} kills, {len(source.seconds)} scrapes,"
                f" slowest {max(source.seconds):.2f} s",
                end=" ",
            )


def has_files(source: Source, *, at_most: int) -> bool:
    return len(list(source.folder.glob("*.db"))) <= at_most


def test_a_spoilt_file_spoils_no_answer(source: Source) -> None:
    for content in SPOILT:
        for name in ("counter_1.db", "histogram_1.db", "counter_archive.db", "nonsense_y.db"):
            (source.folder / name).write_bytes(content)
        assert source.scrape()[0] == 200
        source.kill_a_child()
        assert source.scrape()[0] == 200


def test_nobody_without_the_secret_reads_anything(source: Source) -> None:
    for line, header in product(PROBES, STRANGERS):
        answered = source.knock(line, header)
        assert b"ostiary_" not in answered
        assert not answered or answered.split(b" ", 2)[1] in REFUSED, (line, header, answered)


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
