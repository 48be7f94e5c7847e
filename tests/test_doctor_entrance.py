"""The doctor asks the mail server and the metrics as a stranger would."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from ostiary.doctor import smtp
from ostiary.platform.settings.smtp import smtp_server
from tests.app_client import Door, OpenDoor
from tests.doctor_fixture import Clinic, clinic, ward
from tests.smtp_peers import peer, self_signed
from tests.smtp_sender import ALL_EXTENSIONS
from tests.test_named_stacks import listening
from workshop.harness.ports import free_port

__all__ = ["clinic", "ward"]

METRICS = {"METRICS_ENABLED": "true", "METRICS_GUARD_SECRET": "a secret for Prometheus"}


@contextmanager
def metrics(answer: int, *, to_the_secret: int = 200) -> Iterator[dict[str, str]]:
    """The settings that lead to a web process that answers so."""

    class Web(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            knows = self.headers["x-metrics-secret"] == METRICS["METRICS_GUARD_SECRET"]
            self.send_response(to_the_secret if knows else answer)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Web) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield METRICS | {"PORT": str(server.server_port)}
        server.shutdown()


class TestTheMetrics:
    def test_that_are_guarded(self, clinic: Clinic) -> None:
        with metrics(403) as environ:
            assert clinic.found("metrics of web", **environ) == set()

    @pytest.mark.parametrize(
        ("stranger", "friend", "id"),
        [
            (200, 200, "metrics_open"),
            (404, 404, "metrics_absent"),
            (403, 403, "metrics_secret_refused"),
        ],
    )
    def test_that_are_not(self, clinic: Clinic, stranger: int, friend: int, id: str) -> None:
        with metrics(stranger, to_the_secret=friend) as environ:
            assert clinic.found("metrics of web", **environ) == {id}

    def test_of_a_list_that_holds_this_machine_may_be_read(self, clinic: Clinic) -> None:
        listed = {"METRICS_GUARD": "cidr", "METRICS_GUARD_ALLOWLIST": "127.0.0.0/8"}
        with metrics(200) as environ:
            assert clinic.found("metrics of web", **environ | listed) == set()

    def test_of_the_worker_are_asked_too(self, clinic: Clinic) -> None:
        with metrics(200) as environ:
            worker = METRICS | {"WORKER_METRICS_PORT": environ["PORT"]}
            assert clinic.found("metrics of the worker", **worker) == {"metrics_open"}

    def test_that_nobody_serves_here_are_not_seen(self, clinic: Clinic) -> None:
        report = clinic.examine("metrics of web", **METRICS)
        assert report.unseen == {
            "metrics of web": "nothing answers on PORT of this machine",
        }

    def test_of_a_worker_elsewhere_are_not_missed(self, clinic: Clinic) -> None:
        worker = METRICS | {"WORKER_METRICS_PORT": str(free_port())}
        assert clinic.examine("metrics of the worker", **worker).unseen != {}
        clinic.run("UPDATE heartbeat SET instance = 'elsewhere:7' WHERE process = 'worker'")
        assert clinic.found("metrics of the worker", **worker) == set()

    def test_of_web_elsewhere_are_not_missed(self, clinic: Clinic) -> None:
        clinic.services.heartbeats.beat("probe")
        assert clinic.examine("metrics of web", **METRICS).unseen != {}
        clinic.run(
            "INSERT INTO heartbeat VALUES ('probe', 'elsewhere:7', now() + interval '1 min')"
        )
        assert clinic.found("metrics of web", **METRICS) == set()


class TestTheGuard:
    @pytest.fixture
    def door(self, open_door: OpenDoor, clinic: Clinic) -> Door:
        return open_door(**METRICS, SECRET_KEYS=clinic.environ["SECRET_KEYS"])

    def test_does_not_count_what_the_doctor_asks(self, clinic: Clinic, door: Door) -> None:
        before = denied(door)
        assert found_at(clinic, door) == set()
        assert found_at(clinic, door, METRICS_GUARD_SECRET="x" * 32) == {"metrics_secret_refused"}
        assert denied(door) == before

    def test_counts_whoever_does_not_know_the_secrets(self, clinic: Clinic, door: Door) -> None:
        before = denied(door)
        found_at(clinic, door, SECRET_KEYS="k" * 32)
        assert denied(door) == before + 1

    def test_that_is_open_is_found(self, clinic: Clinic, open_door: OpenDoor) -> None:
        keys = {"SECRET_KEYS": clinic.environ["SECRET_KEYS"]}
        door = open_door(**METRICS, **keys, METRICS_GUARD="none")
        assert found_at(clinic, door) == {"metrics_open"}


def found_at(clinic: Clinic, door: Door, **environ: str) -> set[str]:
    with listening(door.client.app) as url:
        port = str(urlsplit(url).port)
        return clinic.found("metrics of web", **METRICS | environ, PORT=port)


def denied(door: Door) -> float:
    headers = {"X-Metrics-Secret": METRICS["METRICS_GUARD_SECRET"]}
    shown = door.send("GET", "/metrics", headers=headers).text
    found = re.search(r'denied_total{guard="secret"} (\S+)', shown)
    assert found
    return float(found[1])


class TestTheMailServer:
    def test_that_is_not_set(self, clinic: Clinic) -> None:
        assert clinic.found("the mail server", SMTP_URL="") == {"smtp_unset"}

    def test_that_refuses_us(self, clinic: Clinic) -> None:
        with peer(EHLO=ALL_EXTENSIONS, AUTH="535 no") as server:
            url = f"smtp://me:my-password@127.0.0.1:{server.port}?starttls=off"
            [found] = clinic.examine("the mail server", SMTP_URL=url).findings
        assert found.advice.id == "smtp_unreachable"
        assert "my-password" not in found.evidence
        assert "535" in found.evidence

    def test_whose_certificate_ends_soon(self, clinic: Clinic, tmp_path: Path) -> None:
        _, tls = self_signed(tmp_path)
        with peer(tls, EHLO=ALL_EXTENSIONS) as server:
            url = f"smtp://127.0.0.1:{server.port}?starttls=auto"
            assert clinic.found("the mail server", SMTP_URL=url) == {"smtp_certificate_ends"}

    def test_that_is_slow(self) -> None:
        assert [each.id for each in smtp.slowness(2.1)] == ["smtp_slow"]
        assert [*smtp.slowness(1.9)] == []

    @pytest.mark.parametrize(
        ("url", "found"),
        [
            ("smtp://me:word@mail.example.com?starttls=auto", ["smtp_password_in_the_clear"]),
            ("smtp://me:word@mail.example.com", []),
            ("smtp://mail.example.com", ["smtp_tls_optional"]),
            ("smtps://mail.example.com", []),
            ("smtp://localhost?starttls=off", []),
        ],
    )
    def test_that_may_be_listened_to(self, url: str, found: list[str]) -> None:
        seen = smtp.encryption(smtp_server(url), is_public=True)
        assert [each.id for each in seen] == found
