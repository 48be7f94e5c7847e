"""A client that is slow, silent or hostile costs nobody else anything; a stop loses no answer."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar

import pytest

from workshop.harness.ports import free_port
from workshop.harness.process_tree import descendants, signal_each

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
THREADS = 2
AT_ONCE = 1.7
CLOSE = b"Host: x\r\nConnection: close\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHost: x\r\n"

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT),
    "APP_ENV": "test",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEYS": "k" * 40,
    "WEB_THREADS": str(THREADS),
}


@dataclass
class Server:
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    workers: int = 1
    clients: ExitStack = field(default_factory=ExitStack)

    def connect(self, first: bytes = b"") -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self.clients.enter_context(client)
        client.sendall(first)
        return client

    def ask(self, request: bytes) -> bytes:
        """Everything that comes back until the server closes the connection."""
        return read_all(self.connect(request))

    def get(self, path: str = "/") -> str:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def host_of(self, client: socket.socket) -> int:
        """The worker that has the connection, which is kept."""
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = client.recv(1000)
        while not answer.partition(b"\r\n\r\n")[2]:
            answer += client.recv(1000)
        return int(answer.partition(b"\r\n\r\n")[2])

    def hosts(self, number: int) -> set[int]:
        """Of so many connections that are kept until all are there."""
        with ExitStack() as clients:
            here = ("127.0.0.1", self.port)
            kept = [
                clients.enter_context(socket.create_connection(here, 20)) for _ in range(number)
            ]
            return {self.host_of(client) for client in kept}

    def is_complete(self) -> bool:
        """A worker that has not begun to run may miss that it is to stop."""
        return len(self.hosts(4 * self.workers)) == self.workers

    def seconds_to_answer(self) -> float:
        began = time.monotonic()
        self.get()
        return time.monotonic() - began

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def booted(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["event"].startswith("Booting")]

    def worker_pids(self) -> list[int]:
        return list(descendants(self.process.pid))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def read_all(client: socket.socket) -> bytes:
    return b"".join(iter(partial(client.recv, 1_000_000), b""))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(log: Path, *, workers: int = 1, **environment: str) -> Server:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "api/gunicorn.py", "tests.processes.toy:app"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=ENVIRONMENT | {"PORT": str(port), "WEB_CONCURRENCY": str(workers)} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(port, process, log, workers)
    try:
        eventually(server.get)
        eventually(server.is_complete)
    except AssertionError:
        process.terminate()
        raise
    return server


def eventually(look: Callable[[], T]) -> T:
    deadline = time.monotonic() + 60
    while True:
        try:
            if found := look():
                return found
        except OSError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start(tmp_path_factory.mktemp("server") / "log")
    yield server
    assert server.stop() == 0


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """One worker with two threads, shared by all tests that leave it as it was."""
    with running.clients:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    server = start(tmp_path / "log", workers=2)
    with server.clients:
        yield server
    if server.process.poll() is None:
        server.stop()


class TestASlowClient:
    @pytest.mark.parametrize(
        "half",
        [HALF, b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab", b""],
        ids=["half a head", "half a body", "nothing"],
    )
    def test_holds_up_nobody(self, server: Server, half: bytes) -> None:
        for _ in range(4 * THREADS):
            server.connect(half)
        assert server.seconds_to_answer() < AT_ONCE

    def test_that_does_not_hang_up_holds_up_nobody(self, server: Server) -> None:
        for _ in range(10):
            server.connect(b"GET / HTTP/1.1\r\n" + CLOSE)
        assert server.seconds_to_answer() < AT_ONCE

    def test_that_does_not_fetch_its_answer_holds_up_nobody(self, server: Server) -> None:
        for _ in range(4 * THREADS):
            server.connect(b"GET /huge HTTP/1.1\r\n" + CLOSE)
        assert server.seconds_to_answer() < AT_ONCE

    def test_may_be_one_of_many_hundreds(self, server: Server) -> None:
        for _ in range(700):
            server.connect(HALF)
        assert server.seconds_to_answer() < AT_ONCE

    def test_gets_its_whole_answer(self, server: Server) -> None:
        client = server.connect(b"GET /huge HTTP/1.1\r\n" + CLOSE)
        time.sleep(0.5)
        assert len(read_all(client).partition(b"\r\n\r\n")[2]) == 20_000_000

    def test_is_refused_after_five_seconds_however_steadily_it_drips(self, server: Server) -> None:
        client, began = server.connect(HALF), time.monotonic()
        client.settimeout(0.5)
        answer = b""
        while not answer:
            client.sendall(b"x")
            try:
                answer = client.recv(4096)
            except TimeoutError:
                assert time.monotonic() - began < 15
        assert answer.startswith(b"HTTP/1.1 408 ")

    def test_that_never_speaks_is_let_go_without_a_word(self, server: Server) -> None:
        assert read_all(server.connect()) == b""


class TestAClientThatAsksForEverythingAtOnce:
    def test_lets_others_have_their_turn(self, server: Server) -> None:
        """What is asked here would keep each thread for fifteen seconds."""
        burst = b"GET /moment HTTP/1.1\r\nHost: x\r\n\r\n" * 100
        greedy = [server.connect(burst) for _ in range(3 * THREADS)]
        try:
            assert server.seconds_to_answer() < AT_ONCE
        finally:
            for each in greedy:
                each.close()

    def test_is_answered_to_the_last(self, server: Server) -> None:
        burst = b"GET /scheme HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000
        answers = server.ask(burst + b"GET /scheme HTTP/1.1\r\n" + CLOSE)
        assert answers.count(b"HTTP/1.1 200 OK\r\n") == 1_001


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
class TestAWorkerWithoutDescriptors:
    @pytest.fixture
    def poor(self, tmp_path: Path) -> Iterator[Server]:
        """Its only worker may open three more."""
        poor = start(tmp_path / "log")
        with poor.clients:
            (worker,) = poor.hosts(1)
            most = len(list(Path(f"/proc/{worker}/fd").iterdir())) + 3
            resource.prlimit(worker, resource.RLIMIT_NOFILE, (most, most))
            yield poor
        poor.stop()

    def test_lets_in_who_comes_now_instead_of_who_is_idle(self, poor: Server) -> None:
        assert len({poor.host_of(poor.connect()) for _ in range(12)}) == 1
        assert poor.seconds_to_answer() < AT_ONCE

    def test_does_not_wait_for_them_busily(self, poor: Server) -> None:
        (worker,) = poor.hosts(1)
        for _ in range(12):
            poor.connect(HALF)
        before = cpu_seconds(worker)
        time.sleep(1)
        assert cpu_seconds(worker) - before < 0.5


class TestASignOfLife:
    def test_is_given_while_every_thread_is_busy(self, server: Server) -> None:
        for _ in range(3 * THREADS):
            server.connect(b"GET /slow HTTP/1.1\r\n" + CLOSE)
        time.sleep(0.2)
        began = time.monotonic()
        assert server.get("/health")
        assert time.monotonic() - began < AT_ONCE

    def test_may_be_asked_for_on_one_connection_for_ever(self, tmp_path: Path) -> None:
        brief = start(tmp_path / "log", GUNICORN_CMD_ARGS="--keep-alive 1")
        with brief.clients:
            brief.clients.callback(brief.stop)
            kept = brief.connect()
            for _ in range(7):
                kept.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                assert kept.recv(4096).startswith(b"HTTP/1.1 200 ")
                time.sleep(0.3)


class TestAConnection:
    def test_answers_one_request_after_the_other(self, server: Server) -> None:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        ports = set()
        for _ in range(3):
            connection.request("POST", "/echo", body=b"a" * 9000)
            ports.add(connection.sock.getsockname())
            assert connection.getresponse().read() == b"a" * 9000
        connection.close()
        assert len(ports) == 1

    def test_answers_pipelined_requests_in_their_order(self, server: Server) -> None:
        post = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n%d"
        answer = server.ask(post % 1 + post % 2 + b"GET / HTTP/1.1\r\n" + CLOSE)
        assert answer.count(b"HTTP/1.1 200 ") == 3
        assert answer.index(b"\r\n\r\n1HTTP") < answer.index(b"\r\n\r\n2HTTP")

    def test_may_ask_for_a_thousand_signs_of_life_at_once(self, server: Server) -> None:
        asked = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 1000
        answer = server.ask(asked + b"GET /health HTTP/1.1\r\n" + CLOSE)
        assert answer.count(b"HTTP/1.1 200 ") == 1001

    def test_takes_a_request_in_pieces(self, server: Server) -> None:
        client = server.connect()
        for byte in b"POST /echo HTTP/1.1\r\nContent-Length: 2\r\n" + CLOSE + b"ok":
            client.sendall(bytes([byte]))
        assert read_all(client).endswith(b"\r\n\r\nok")

    def test_is_told_to_continue_once(self, server: Server) -> None:
        client = server.connect(
            b"POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" + CLOSE
        )
        assert client.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ok")
        assert read_all(client).startswith(b"HTTP/1.1 200 ")

    def test_is_not_told_to_continue_with_too_much(self, server: Server) -> None:
        head = b"POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 20000\r\n" + CLOSE
        assert server.ask(head).startswith(b"HTTP/1.1 413 ")

    def test_hears_why_fifty_megabytes_were_too_many(self, server: Server) -> None:
        client = server.connect(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n")
        client.sendall(b"x" * 50_000_000)
        assert read_all(client).startswith(b"HTTP/1.1 413 ")

    def test_ends_after_a_body_that_was_not_read(self, server: Server) -> None:
        chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer = server.ask(chunked + b"0\r\n\r\nGET / HTTP/1.1\r\n" + CLOSE)
        assert answer.count(b"HTTP/1.1 ") == 1

    def test_takes_no_request_out_of_a_body_that_was_not_waited_for(self, server: Server) -> None:
        inner = b"GET /scheme HTTP/1.1\r\nHost: x\r\n\r\n"
        head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        client = server.connect(head % (20_000 + len(inner)) + b"a" * 20_000)
        time.sleep(0.5)
        client.sendall(inner)
        assert read_all(client).count(b"HTTP/1.1 ") == 1

    @pytest.mark.parametrize("option", [b"close, x", b"x ,\tCLOSE", b"close\r\nExpect: x"])
    def test_ends_as_one_of_several_options_says(self, server: Server, option: bytes) -> None:
        asked = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: " + option + b"\r\n\r\n"
        assert b"\r\nConnection: close\r\n" in server.ask(asked)

    def test_is_idle_though_an_empty_line_came_behind_a_request(self, server: Server) -> None:
        kept = server.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n")
        kept.recv(4096)
        kept.sendall(b"\r\n")
        time.sleep(6)
        kept.sendall(b"\r\nGET / HTTP/1.1\r\n" + CLOSE)
        assert read_all(kept).startswith(b"HTTP/1.1 200 ")

    def test_of_http_1_0_ends_with_the_answer(self, server: Server) -> None:
        assert server.ask(b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 ")

    def test_is_no_safer_for_saying_so(self, server: Server) -> None:
        forwarded = b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 9.9.9.9\r\nSCRIPT_NAME: /x\r\n"
        answer = server.ask(b"GET /scheme HTTP/1.1\r\n" + forwarded + CLOSE)
        assert answer.endswith(b"\r\n\r\nhttp 127.0.0.1")


class TestABrokenRequest:
    @pytest.mark.parametrize(
        ("request_", "status"),
        [
            (b"garbage\r\n\r\n", 400),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
            (b"GET / HTTP/1.1\n\n", 400),
            (b"GET / HTTP/3.0\r\n" + CLOSE, 400),
            (b"GET /\x00 HTTP/1.1\r\n" + CLOSE, 400),
            (b"GET / HTTP/1.1\r\nno colon\r\n" + CLOSE, 400),
            (b"GET / HTTP/1.1\r\nA : b\r\n" + CLOSE, 400),
            (b"GET / HTTP/1.1\r\nA: b\x00\r\n" + CLOSE, 400),
            (b"GET / HTTP/1.1\r\nA: b\r\n c\r\n" + CLOSE, 400),
            (b"GET / HTTP/1.1\r\nHost: y\r\n" + CLOSE, 400),
            (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n" + CLOSE, 400),
            (b"POST / HTTP/1.1\r\nContent-Length: \xb2\r\n" + CLOSE, 400),
            (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" + CLOSE + b"x", 400),
            (
                b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
                + CLOSE
                + b"0\r\n\r\n",
                400,
            ),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n" + CLOSE, 400),
            (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" + CLOSE, 400),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: sausage\r\n" + CLOSE, 501),
            (b"POST / HTTP/1.1\r\nExpect: miracles\r\n" + CLOSE, 417),
            (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + CLOSE, 414),
            (b"GET / HTTP/1.1\r\nA: " + b"a" * 9000 + b"\r\n" + CLOSE, 431),
            (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + CLOSE, 431),
            (b"GET / HTTP/1.1\r\nA: " + b"a" * 40_000, 431),
        ],
    )
    def test_is_refused_in_plain_words(self, server: Server, request_: bytes, status: int) -> None:
        began = time.monotonic()
        answer = server.ask(request_)
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert b"Content-Type: text/plain" in answer
        assert time.monotonic() - began < AT_ONCE

    def test_smuggles_nothing(self, server: Server) -> None:
        both = (
            b"POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nHost: x\r\n\r\n"
        )
        answer = server.ask(both + b"0\r\n\r\nGET /scheme HTTP/1.1\r\n" + CLOSE)
        assert answer.count(b"HTTP/1.1 ") == 1

    def test_is_not_repeated_in_the_log(self, server: Server) -> None:
        server.ask(b"GET / HTTP/1.1\r\nAuthorization secret-token\r\n" + CLOSE)
        line = eventually(lambda: server.lines()[-1])
        assert (line["event"], line["reason"]) == ("request_refused", "InvalidHeader")
        assert "secret-token" not in server.log.read_text()


class TestAClientThatSpeaksTooSoon:
    @pytest.fixture
    def hasty(self, server: Server) -> socket.socket:
        """Asks again while it is being answered."""
        client = server.connect(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        client.sendall(b"GET / HTTP/1.1\r\n" + CLOSE)
        return client

    def test_is_answered_in_its_turn(self, hasty: socket.socket) -> None:
        assert read_all(hasty).count(b"HTTP/1.1 200 ") == 2

    def test_costs_nothing_meanwhile(self, server: Server, hasty: socket.socket) -> None:
        worker = int(server.get())
        before = cpu_seconds(worker)
        read_all(hasty)
        assert cpu_seconds(worker) - before < 0.3


class TestAFailureOfTheApplication:
    def test_is_a_plain_500_and_a_line_in_the_log(self, server: Server) -> None:
        answer = server.ask(b"GET /broken?token=secret HTTP/1.1\r\n" + CLOSE)
        line = server.lines()[-1]
        assert answer.startswith(b"HTTP/1.1 500 ")
        assert line["request_id"].encode() in answer
        assert "secret" not in json.dumps(line)


class TestAStop:
    def test_lets_the_request_in_flight_finish(self, own_server: Server) -> None:
        client = own_server.connect(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.5)
        assert own_server.stop() == 0
        assert read_all(client).startswith(b"HTTP/1.1 200 ")

    def test_lets_in_who_has_knocked(self, own_server: Server) -> None:
        signal_each(signal.SIGSTOP, *own_server.worker_pids())
        client = own_server.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        own_server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        signal_each(signal.SIGCONT, *own_server.worker_pids())
        assert read_all(client).startswith(b"HTTP/1.1 200 ")
        assert own_server.process.wait(30) == 0

    def test_refuses_who_comes_afterwards(self, own_server: Server) -> None:
        own_server.connect(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.5)
        own_server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            own_server.connect()
        assert own_server.process.wait(30) == 0

    def test_answers_the_last_request_of_a_kept_connection(self, own_server: Server) -> None:
        kept = own_server.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        kept.recv(4096)
        own_server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        kept.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"\r\nConnection: close\r\n" in read_all(kept)
        assert own_server.process.wait(30) == 0

    def test_does_not_wait_for_idle_clients(self, own_server: Server) -> None:
        kept = own_server.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        kept.recv(4096)
        own_server.connect(HALF)
        began = time.monotonic()
        assert own_server.stop() == 0
        assert time.monotonic() - began < 20

    def test_leaves_nothing_in_the_log_but_json(self, own_server: Server) -> None:
        own_server.stop()
        assert {line["process"] for line in own_server.lines()} == {"web"}


class TestSeveralWorkers:
    @pytest.fixture
    def workers(self, own_server: Server) -> set[int]:
        return {*own_server.worker_pids()}

    def test_share_the_connections_that_are_kept(
        self, own_server: Server, workers: set[int]
    ) -> None:
        clients = [own_server.connect() for _ in range(20)]
        hosts = Counter(own_server.host_of(client) for client in clients)
        assert min(hosts[worker] for worker in workers) >= 7

    def test_let_in_who_was_left_to_one_that_stands_still(
        self, own_server: Server, workers: set[int]
    ) -> None:
        frozen, other = workers
        os.kill(frozen, signal.SIGSTOP)
        try:
            assert own_server.hosts(20) == {other}
        finally:
            os.kill(frozen, signal.SIGCONT)


class TestAWorkerThatDies:
    def test_is_replaced(self, own_server: Server) -> None:
        victim = int(own_server.get())
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len(own_server.booted()) > 2)
        assert len(own_server.booted()) == 3
        assert str(victim) not in {own_server.get() for _ in range(20)}


class TestAWorkerThatHasStarted:
    def test_looks_for_garbage_again(self, server: Server) -> None:
        assert server.get("/garbage") == "collected"


class TestBadSettings:
    def test_are_all_named_and_the_exit_is_78(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "-c", "api/gunicorn.py", "api.wsgi:app"]
        environment = ENVIRONMENT | {"DATABASE_URL": "", "PORT": "many"}
        finished = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert finished.returncode == 78
        assert all(name in finished.stderr for name in ("DATABASE_URL", "PORT"))
        assert "Traceback" not in finished.stderr
