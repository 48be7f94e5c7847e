"""Several threads hear, answer and give back connections while the event loop ends others."""

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from socket import socket, socketpair
from threading import Event, Thread

import pytest

from api.server.arrival import Arrival
from api.server.clients import Clients
from api.server.connection import Connection
from api.server.crew import Crew
from api.server.deadlines import Deadlines
from api.server.one_shot import InTurn, OneShot, open_one_shot
from api.server.poller import Poller
from tests.waiting import wait_until

REQUEST = b"GET / HTTP/1.1\r\n\r\n"
LOOKS: dict[str, Callable[[Deadlines], object]] = {
    "the oldest": Deadlines.take_oldest,
    "the overdue": Deadlines.take_overdue,
    "how many": len,
}


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket]]:
    ours, theirs = socketpair()
    with ours, theirs:
        yield Connection(ours, None, None), theirs


@pytest.fixture(params=[open_one_shot, InTurn], ids=["of this system", "of any system"])
def one_shot(request: pytest.FixtureRequest) -> OneShot:
    kind: Callable[[], OneShot] = request.param
    return kind()


@pytest.fixture
def clients(one_shot: OneShot) -> Clients:
    return Clients(Poller(one_shot), keepalive=5)


@pytest.fixture
def restless() -> Iterator[Deadlines]:
    """Two threads that come and go without a break, as often as the interpreter allows."""
    deadlines, over, interval = Deadlines(5), Event(), sys.getswitchinterval()

    def come_and_go() -> None:
        ours, theirs = socketpair()
        with ours, theirs:
            conn = Connection(ours, None, None)
            while not over.is_set():
                deadlines.put(conn)
                deadlines.take(conn)

    threads = [Thread(target=come_and_go) for _ in range(2)]
    sys.setswitchinterval(1e-6)
    for thread in threads:
        thread.start()
    yield deadlines
    over.set()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)


@pytest.fixture
def crew_of_four(clients: Clients) -> Iterator[Clients]:
    """Threads that answer every request with itself."""
    over = Event()

    def answer() -> None:
        while not over.is_set():
            conn = clients.poller.wait(0.05)
            is_asked = conn is not None and clients.hear(conn)
            while conn is not None and is_asked:
                conn.sendall(bytes(conn.arrival.data))
                conn.arrival = Arrival()
                is_asked = clients.send(conn)

    with ThreadPoolExecutor(4) as pool:
        threads = [pool.submit(answer) for _ in range(4)]
        yield clients
        over.set()
    for thread in threads:
        thread.result()


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_nobody_who_comes_or_goes_disturbs_a_look(
    restless: Deadlines, look: Callable[[Deadlines], object]
) -> None:
    until = time.monotonic() + 1
    while time.monotonic() < until:
        look(restless)


def is_asked(clients: Clients, conn: Connection) -> bool:
    """Whether the next that is heard is this one's whole request."""
    return clients.poller.wait(0) is conn and clients.hear(conn)


class TestAConnection:
    def test_is_one_threads_once_it_was_heard(
        self, clients: Clients, pair: tuple[Connection, socket]
    ) -> None:
        conn, theirs = pair
        clients.welcome(conn)
        theirs.sendall(REQUEST)
        heard = [clients.poller.wait(0), clients.poller.wait(0)]
        assert heard == [conn, None]
        assert clients.hear(conn)
        theirs.sendall(REQUEST)
        assert clients.poller.wait(0) is None

    def test_is_heard_again_once_it_was_answered(
        self, clients: Clients, pair: tuple[Connection, socket]
    ) -> None:
        conn, theirs = pair
        clients.welcome(conn)
        for _ in range(2):
            theirs.sendall(REQUEST)
            assert is_asked(clients, conn)
            conn.arrival = Arrival()
            assert not clients.send(conn)

    def test_that_is_whole_reaches_whoever_listens_next(
        self, clients: Clients, pair: tuple[Connection, socket]
    ) -> None:
        conn, theirs = pair
        clients.welcome(conn)
        theirs.sendall(REQUEST)
        assert is_asked(clients, conn)
        clients.hand_on(conn)
        assert is_asked(clients, conn)

    def test_that_nobody_can_make_sense_of_costs_no_thread(
        self, clients: Clients, pair: tuple[Connection, socket]
    ) -> None:
        conn, theirs = pair
        clients.welcome(conn)
        conn.arrival.data = None  # type: ignore[assignment]
        theirs.sendall(REQUEST)
        assert not is_asked(clients, conn)
        assert (len(clients), theirs.recv(1)) == (0, b"")

    def test_that_was_ended_is_forgotten(
        self, clients: Clients, pair: tuple[Connection, socket]
    ) -> None:
        conn, _ = pair
        clients.welcome(conn)
        clients.make_room()
        assert (len(clients), clients.poller.wait(0)) == (0, None)
        clients.poller.expect(conn)


def test_many_threads_answer_many_clients(crew_of_four: Clients) -> None:
    pairs = [socketpair() for _ in range(16)]
    for ours, _ in pairs:
        crew_of_four.welcome(Connection(ours, None, None))
    for _ in range(50):
        for _, theirs in pairs:
            theirs.sendall(REQUEST)
        for _, theirs in pairs:
            theirs.settimeout(30)
            assert theirs.recv(1024) == REQUEST
    for _, theirs in pairs:
        theirs.close()
    wait_until(lambda: not crew_of_four)


class TestACrew:
    def test_says_when_nobody_is_free_and_when_somebody_is(self) -> None:
        said: list[str] = []
        crew = Crew(2, taken=lambda: said.append("taken"), back=lambda: said.append("back"))
        for step in (crew.begin, crew.begin, crew.end, crew.end):
            step()
        assert said == ["taken", "back"]

    def test_goes_on_with_who_has_waited_for_longest(self, pair: tuple[Connection, socket]) -> None:
        crew = Crew(1, taken=lambda: None, back=lambda: None)
        crew.begin()
        assert crew.enqueue(pair[0])
        assert [crew.end(), crew.end()] == [pair[0], None]

    def test_lets_nobody_wait_whom_a_free_thread_could_answer(
        self, pair: tuple[Connection, socket]
    ) -> None:
        crew = Crew(1, taken=lambda: None, back=lambda: None)
        assert not crew.enqueue(pair[0])
