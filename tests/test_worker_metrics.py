"""A worker shows its counts at one address, to whom the guard lets in, and waits for nobody."""

import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from threading import Thread

import pytest
import requests
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from ostiary.platform.metrics.instruments import registry
from ostiary.watch.probe import HEADER
from tests.app_client import OpenDoor
from tests.waiting import wait_until
from workers.metrics_page import MetricsPage
from workers.metrics_port import MOST_CONNECTIONS, MetricsPort
from workshop.harness.ports import free_port

REFUSED = "ostiary_metrics_guard_denied_total"
OpenPage = Callable[..., MetricsPage]

SECRET = "a secret for Prometheus"
GUARDED = {"METRICS_ENABLED": "true", "METRICS_GUARD_SECRET": SECRET}
FINE = b"HTTP/1.1 204 Fine\r\n\r\n"
BY_ADDRESS = {
    "METRICS_GUARD": "cidr",
    "METRICS_GUARD_ALLOWLIST": "192.0.2.0/24,2001:db8::/32,::ffff:203.0.113.0/120",
}
STRANGERS = {
    "nothing": {},
    "nothing in it": {"x-metrics-secret": ""},
    "a wrong one": {"x-metrics-secret": "wrong"},
    "one of other letters": {"x-metrics-secret": "\xe9"},
    "another name": {"x_metrics_secret": SECRET},
    "an address": {
        "X-Forwarded-For": "127.0.0.1",
        "X-Real-IP": "127.0.0.1",
        "Forwarded": "for=127.0.0.1",
    },
}


def refused_so_far() -> float:
    return registry.get_sample_value(REFUSED, {"guard": "secret"}) or 0.0


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    file = MmapedDict(str(tmp_path / "counter_1.db"))
    for name in ("ostiary_tasks", "ostiary_logins"):
        file.write_value(mmap_key(name, f"{name}_total", [], [], "Counted."), 7.0, 0.0)
    file.close()
    return tmp_path


@pytest.fixture
def open_page(open_door: OpenDoor, counts: Path) -> OpenPage:
    def build(**environment: str) -> MetricsPage:
        services = open_door(**GUARDED | environment).services
        trusted = (ip_network("10.0.0.0/8"),)
        return MetricsPage(services.metrics_guard, trusted, "http://localhost", counts)

    return build


@pytest.fixture
def page(open_page: OpenPage) -> MetricsPage:
    return open_page()


def ask(
    page: MetricsPage,
    line: str = "GET /metrics HTTP/1.1",
    *,
    peer: str = "127.0.0.1",
    **headers: str,
) -> tuple[int, str]:
    head = [line, "Host: worker", *(f"{name}: {value}" for name, value in headers.items())]
    answer = page.answer("\r\n".join([*head, "", ""]).encode("latin-1"), peer).decode()
    return int(answer.split(" ")[1]), answer


class TestThePage:
    def test_shows_what_the_worker_counts_and_nothing_else(self, page: MetricsPage) -> None:
        status, shown = ask(page, **{"X-Metrics-Secret": SECRET})
        assert status == 200
        assert "ostiary_tasks_total 7.0" in shown
        assert "ostiary_logins" not in shown

    def test_is_text_that_prometheus_reads(self, page: MetricsPage) -> None:
        _, shown = ask(page, **{"X-Metrics-Secret": SECRET})
        assert "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n" in shown

    def test_may_be_asked_for_with_anything_behind_it(self, page: MetricsPage) -> None:
        asked = ask(page, "GET /metrics?x=1 HTTP/1.1", **{"X-Metrics-Secret": SECRET})
        assert asked[0] == 200

    def test_has_a_head(self, page: MetricsPage) -> None:
        status, shown = ask(page, "HEAD /metrics HTTP/1.1", **{"X-Metrics-Secret": SECRET})
        assert (status, shown.partition("\r\n\r\n")[2]) == (200, "")

    @pytest.mark.parametrize("headers", STRANGERS.values(), ids=STRANGERS)
    def test_is_for_no_stranger(self, page: MetricsPage, headers: dict[str, str]) -> None:
        status, shown = ask(page, **headers)
        assert (status, "ostiary_" in shown) == (403, False)
        assert '"code":"metrics_forbidden"' in shown

    def test_does_not_count_what_the_doctor_asks(self, page: MetricsPage) -> None:
        before = refused_so_far()
        assert ask(page, **{HEADER: page.guard.probe})[0] == 403
        assert refused_so_far() == before
        assert ask(page, **{HEADER: "\xe9"})[0] == 403
        assert refused_so_far() == before + 1

    def test_takes_no_second_secret_for_the_first(self, page: MetricsPage) -> None:
        twice = f"{SECRET}\r\nX-Metrics-Secret: {SECRET}"
        assert ask(page, **{"X-Metrics-Secret": twice})[0] == 403

    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/metrics/",
            "//metrics",
            "/Metrics",
            "/%6detrics",
            "/metrics;x",
            "/./metrics",
            "/metrics#x",
            "http://worker/metrics",
            "metrics",
            "*",
        ],
    )
    def test_has_one_address(self, page: MetricsPage, path: str) -> None:
        status, shown = ask(page, f"GET {path} HTTP/1.1", **{"X-Metrics-Secret": SECRET})
        assert (status, "ostiary_" in shown) == (404, False)

    @pytest.mark.parametrize("method", ["POST", "OPTIONS", "PUT", "DELETE", "TRACE", "get", ""])
    def test_is_only_read(self, page: MetricsPage, method: str) -> None:
        status, shown = ask(page, f"{method} /metrics HTTP/1.1", **{"X-Metrics-Secret": SECRET})
        assert (status, "Allow: GET, HEAD\r\n" in shown) == (405, True)

    @pytest.mark.parametrize(
        "line", ["", "GET", "GET /metrics", "GET  /metrics HTTP/1.1", "GET /metrics SMTP", "\0\xff"]
    )
    def test_answers_nonsense_with_400(self, page: MetricsPage, line: str) -> None:
        assert ask(page, line, **{"X-Metrics-Secret": SECRET})[0] == 400

    def test_answers_too_many_headers_with_400(self, page: MetricsPage) -> None:
        assert ask(page, **{f"X-{number}": "x" for number in range(200)})[0] == 400


class TestTheAllowlist:
    @pytest.mark.parametrize(
        "peer", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "203.0.113.9"]
    )
    def test_lets_in(self, open_page: OpenPage, peer: str) -> None:
        assert ask(open_page(**BY_ADDRESS), peer=peer)[0] == 200

    @pytest.mark.parametrize("peer", ["192.0.3.1", "::ffff:192.0.3.1", "2001:db9::1", "10.0.0.1"])
    def test_lets_nobody_else_in(self, open_page: OpenPage, peer: str) -> None:
        assert ask(open_page(**BY_ADDRESS), peer=peer)[0] == 403

    @pytest.mark.parametrize(
        ("peer", "forwarded", "status"),
        [
            ("198.51.100.1", "192.0.2.1", 403),
            ("10.0.0.1", "192.0.2.1", 200),
            ("10.0.0.1", "192.0.2.1, 6.6.6.6", 403),
            ("10.0.0.1", "192.0.2.1\r\nX-Forwarded-For: 6.6.6.6", 403),
        ],
    )
    def test_believes_proxies_alone(
        self, open_page: OpenPage, peer: str, forwarded: str, status: int
    ) -> None:
        asked = ask(open_page(**BY_ADDRESS), peer=peer, **{"X-Forwarded-For": forwarded})
        assert asked[0] == status


@pytest.fixture
def port() -> Iterator[MetricsPort]:
    port = MetricsPort(free_port(), lambda *_: FINE, lambda: None, patience_seconds=0.5)
    thread = Thread(target=port.serve)
    thread.start()
    wait_until(lambda: answers(port))
    yield port
    port.stopped.set()
    thread.join()


def answers(port: MetricsPort) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port.number}/", timeout=5).status_code == 204
    except requests.ConnectionError:
        return False


def half_sent(port: MetricsPort) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port.number), timeout=5)
    client.sendall(b"GET /metrics HTTP/1.1\r\n")
    return client


class TestThePort:
    def test_answers_whoever_asks_while_others_hesitate(self, port: MetricsPort) -> None:
        hesitant = [half_sent(port) for _ in range(3 * MOST_CONNECTIONS)]
        assert answers(port)
        for client in hesitant:
            client.close()

    def test_leaves_whoever_hesitates_too_long(self, port: MetricsPort) -> None:
        with half_sent(port) as client:
            assert client.recv(1) == b""

    def test_leaves_whoever_says_too_much(self, port: MetricsPort) -> None:
        with half_sent(port) as client, pytest.raises(ConnectionError):
            for _ in range(1000):
                client.sendall(b"x" * 10_000)

    def test_that_is_taken_is_waited_for(
        self,
        port: MetricsPort,
        capsys: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        second = MetricsPort(port.number, port.answer, lambda: None)
        second.chore = second.stopped.set
        second.serve()
        assert "WORKER_METRICS_PORT" in capsys.readouterr().out + caplog.text
