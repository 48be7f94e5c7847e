"""The proxy, configured as it is, before a web process: waits for clients, keeps secrets."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.compose_file import COMPOSE, SERVICES
from tests.processes.composition import Composition, on_loopback, open_composition, status
from tests.processes.stage import wait_until
from tests.source_tree import HOUSE
from workshop.harness.ports import free_port

FRONT = COMPOSE["networks"]["front"]["ipam"]["config"][0]
GATEWAY = on_loopback(FRONT["gateway"])
PROXY = on_loopback(SERVICES["proxy"]["networks"]["front"]["ipv4_address"])
STRANGER = "127.0.0.9"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
pytestmark = [
    pytest.mark.skipif(not NGINX, reason="nginx is not installed"),
    pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning"),
]


@pytest.fixture(scope="module")
def composition() -> Iterator[Composition]:
    with open_composition("app") as composition:
        yield composition


@pytest.fixture(scope="module")
def plain() -> int:
    """The port of those who come without TLS."""
    return free_port()


@pytest.fixture(scope="module")
def proxy(composition: Composition, plain: int) -> Iterator[str]:
    home, port = composition.stage.home, free_port()
    _make_certificate(home)
    _fill_in(home)
    configuration = _configure(home, port, plain=plain, app=composition.stage.port)
    with (home / "proxy.log").open("ab") as log:
        nginx = subprocess.Popen([str(NGINX), "-c", configuration], stdout=log, stderr=log)
    url = f"https://127.0.0.1:{port}"
    wait_until(lambda: status(f"{url}/health", verify=False) == 200)
    yield url
    nginx.terminate()
    assert nginx.wait(10) == 0


def _make_certificate(home: Path) -> None:
    files = ["-keyout", "tls_key", "-out", "tls_certificate", "-subj", "/CN=localhost"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *files]
    subprocess.run(made, check=True, cwd=home, capture_output=True)


def _fill_in(home: Path) -> None:
    """As nginx' image does with what the proxy is told."""
    text = (HOUSE / "docs/ops/compose/host.conf.template").read_text()
    url = SERVICES["proxy"]["environment"]["PUBLIC_URL"]
    (home / "host.conf").write_text(text.replace("${PUBLIC_URL}", url))


def _configure(home: Path, port: int, *, plain: int, app: int) -> Path:
    """As it is, but for ports, paths, and what Debian's nginx does not know yet."""
    text = (HOUSE / "docs/ops/compose/nginx.conf").read_text()
    for ours, theirs in {
        "app:3000 resolve": f"127.0.0.1:{app}",
        "http2 on;": "",
        "listen 8080": f"listen 127.0.0.1:{plain}",
        "listen 8443": f"listen 127.0.0.1:{port}",
        " /var/cache/nginx/": f" {home}/",
        "/run/secrets/": f"{home}/",
        "proxy_pass http://app;": f"proxy_bind {PROXY}; proxy_pass http://app;",
        "worker_processes auto": "user root; daemon off; worker_processes 1",
    }.items():
        assert ours in text
        text = text.replace(ours, theirs)
    (home / "nginx.conf").write_text(text)
    return home / "nginx.conf"


def get(url: str, request_id: str | None = None) -> requests.Response:
    headers = {"X-Request-Id": request_id} if request_id else {}
    return requests.get(url, headers=headers, timeout=10, verify=False)  # noqa: S501


def test_it_passes_on_what_is_asked_and_answered(proxy: str) -> None:
    answer = get(f"{proxy}/ready", request_id="asked-by-this")
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (200, "asked-by-this")
    assert answer.headers["Strict-Transport-Security"]


class TestWhoeverComesByDockersGateway:
    """As rootless Docker and its own proxy let everybody come."""

    def test_is_one_client_whatever_they_say(self, proxy: str) -> None:
        left = [left_for(proxy, GATEWAY, says=f"192.0.2.{number}") for number in (1, 2)]
        assert left[0] == left[1] + 1

    def test_is_not_the_same_as_somebody_with_an_address(self, proxy: str) -> None:
        shared = [left_for(proxy, GATEWAY) for _ in range(2)]
        assert shared[-1] < left_for(proxy, STRANGER)


def left_for(proxy: str, source: str, says: str = "") -> int:
    """What the rate limit leaves to whoever asks from there."""
    trust = ssl._create_unverified_context()  # noqa: S323
    place = urlsplit(proxy).netloc
    with closing(HTTPSConnection(place, context=trust, source_address=(source, 0))) as door:
        headers = {"X-Forwarded-For": says, "Content-Type": "application/json"}
        door.request("POST", "/v1/auth/refresh", '{"refresh_token": "unknown"}', headers)
        told = door.getresponse().headers["RateLimit"]
    return int(told.partition("r=")[2].partition(";")[0])


@pytest.mark.parametrize("host", ["id.example.com", "evil.example"])
@pytest.mark.usefixtures("proxy")
def test_it_leads_to_its_own_address_alone(plain: int, host: str) -> None:
    url = f"http://127.0.0.1:{plain}/ready?all"
    answer = requests.get(url, headers={"Host": host}, timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (
        308,
        "https://id.example.com/ready?all",
    )


@pytest.mark.parametrize("length", [20_000, 80_000])
def test_a_body_that_is_too_large_is_a_problem_of_ours(proxy: str, length: int) -> None:
    answer = requests.post(f"{proxy}/v1/auth/login", b" " * length, timeout=5, verify=False)  # noqa: S501
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["type"] == "https://id.example.com/docs/errors/body_too_large"
    assert answer.headers["Strict-Transport-Security"]


def test_it_logs_no_token_of_a_letter(composition: Composition, proxy: str) -> None:
    log = composition.stage.home / "proxy.log"
    get(f"{proxy}/verify-email?token=a-secret")
    wait_until(lambda: "/verify-email" in log.read_text())
    assert "a-secret" not in log.read_text()


def test_without_the_app_it_says_unavailable(composition: Composition, proxy: str) -> None:
    composition.stage.kill("app")
    answer = get(f"{proxy}/verify-email?token=another-secret")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.json()["type"] == "https://id.example.com/docs/errors/unavailable"
    assert answer.headers["Strict-Transport-Security"]
    assert int(answer.headers["Retry-After"]) >= 1
    assert "another-secret" not in (composition.stage.home / "proxy.log").read_text()


def test_it_keeps_half_a_request_to_itself(composition: Composition, proxy: str) -> None:
    app = socket.create_server(("127.0.0.1", composition.stage.port))
    app.settimeout(1)
    with app, _dial(composition, proxy) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nhalf")
        with pytest.raises(TimeoutError):
            app.accept()
        client.sendall(b"half")
        assert app.accept()[0].recv(4096).startswith(b"POST / HTTP/1.1")


def _dial(composition: Composition, proxy: str) -> ssl.SSLSocket:
    trust = ssl.create_default_context(cafile=str(composition.stage.home / "tls_certificate"))
    trust.check_hostname = False
    return trust.wrap_socket(socket.create_connection(("127.0.0.1", int(proxy.split(":")[2]))))
