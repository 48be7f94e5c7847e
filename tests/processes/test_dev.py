"""`ostiary dev` runs everything until it is stopped, and leaves nothing behind."""

import json
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes.dev_runs import PORTS, REPOSITORY, Running, own_ports, project_below, stand_in
from workshop.harness.ports import free_port
from workshop.harness.process_tree import descendants, find_process

Start = Callable[..., Running]


@pytest.fixture
def folder(servers_home: Path) -> Path:
    return project_below(servers_home)


@pytest.fixture
def environ() -> dict[str, str]:
    return own_ports()


@pytest.fixture
def served(environ: dict[str, str]) -> dict[str, str]:
    """With servers named by the environment, so that none is embedded."""
    environ["DATABASE_URL"] = "postgresql://somewhere/else"
    environ["REDIS_URL"] = "redis://somewhere/0"
    return environ


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    with ExitStack() as started:

        def start_with(environ: dict[str, str], *arguments: str, **processes: str) -> Running:
            commands = {"web": "web"} | processes
            (folder / "Procfile").write_text(
                "".join(f"{name}: {stand_in(what)}\n" for name, what in commands.items())
            )
            running = Running(folder, environ, *arguments)
            started.callback(running.stop, signal.SIGKILL)
            return running

        yield start_with


@pytest.fixture(scope="module")
def ostiary(servers_home: Path) -> Iterator[Running]:
    """The real Procfile, up."""
    folder = project_below(servers_home)
    (folder / "Procfile").write_bytes((REPOSITORY / "Procfile").read_bytes())
    (folder / "api").symlink_to(REPOSITORY / "api")
    running = Running(folder, own_ports())
    try:
        yield running.up()
    finally:
        running.stop()


class TestWhatIsGivenInTheEnvironment:
    def test_is_honoured_and_no_server_embedded(
        self, start: Start, served: dict[str, str], folder: Path
    ) -> None:
        output = start(served).up().output
        assert "DATABASE_URL=postgresql://somewhere/else" in output
        assert not (folder / ".ostiary" / "postgres").exists()

    def test_is_completed_for_development(self, start: Start, served: dict[str, str]) -> None:
        output = start(served).up().output
        assert "APP_ENV=development" in output
        assert f"PUBLIC_URL=http://localhost:{served['PORT']}" in output
        assert f"SMTP_URL=smtp://localhost:{served['MAILBOX_SMTP_PORT']}?starttls=off" in output


class TestTheEmbeddedServers:
    def test_are_started_with_secrets_and_keep_both(
        self, start: Start, environ: dict[str, str], folder: Path
    ) -> None:
        start(environ).up().stop()
        state = folder / ".ostiary" / "state.json"
        before = state.read_text()
        output = start(environ).up().output
        assert json.loads(before)["postgres_password"] in output
        assert stat.S_IMODE(state.stat().st_mode) == 0o600
        assert state.read_text() == before

    def test_survive_a_killed_run_without_being_left_behind(
        self, start: Start, environ: dict[str, str]
    ) -> None:
        killed = start(environ, clock="clock").up()
        family = descendants(killed.process.pid)
        killed.process.kill()
        killed.process.wait()
        assert start(environ, clock="clock").up().stop() == 0
        assert [pid for pid in family if find_process(pid)] == []


class TestTheScreen:
    def test_shows_json_lines_readably(self, start: Start, served: dict[str, str]) -> None:
        running = start(served, clock="clock")
        assert running.until("ticking").endswith("clock   | 03:04:05 info    ticking")

    def test_shows_where_everything_is_and_a_walk(
        self, start: Start, served: dict[str, str]
    ) -> None:
        output = start(served).up().output
        assert f"http://localhost:{served['PORT']}" in output
        assert f"http://localhost:{served['MAILBOX_PORT']}" in output
        assert "/v1/auth" in output


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_is_a_success_and_leaves_no_process(
        self, start: Start, served: dict[str, str], number: signal.Signals
    ) -> None:
        running = start(served, clock="clock").up()
        family = descendants(running.process.pid)
        assert running.stop(number) == 0
        assert [pid for pid in family if find_process(pid)] == []

    def test_lets_everyone_finish(self, start: Start, served: dict[str, str]) -> None:
        running = start(served, clock="clock")
        running.until("ticking")
        running.stop()
        assert "clock   | farewell" in running.output

    def test_twice_does_not_wait_for_the_stubborn(
        self, start: Start, served: dict[str, str]
    ) -> None:
        running = start(served, clock="stubborn")
        running.until("never")
        running.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert running.stop() == 0


class TestAProcessThatEnds:
    def test_is_named_and_stops_the_others(self, start: Start, served: dict[str, str]) -> None:
        running = start(served, clock="clock", worker="short")
        assert running.ends() == 1
        assert "worker ended with exit code 3" in running.output

    def test_stops_everything_when_it_was_the_release(
        self, start: Start, served: dict[str, str]
    ) -> None:
        running = start(served, release="short")
        assert running.ends() == 1
        assert "release failed with exit code 3" in running.output


class TestWhatStandsInTheWay:
    def test_a_port_in_use_is_named_with_the_way_out(
        self, start: Start, served: dict[str, str]
    ) -> None:
        with socket.create_server(("127.0.0.1", int(served["PORT"]))):
            running = start(served)
            assert running.ends() == 1
        assert f"port {served['PORT']} is in use; PORT moves it" in running.output
        assert " make dev" in running.output

    def test_a_port_that_is_no_number_is_named(self, start: Start, served: dict[str, str]) -> None:
        running = start(served | {"FLOWER_PORT": "five"})
        assert running.ends() == 1
        assert "FLOWER_PORT must be a port number" in running.output

    def test_another_run_in_the_same_folder_is_named(
        self, start: Start, served: dict[str, str]
    ) -> None:
        first = start(served).up()
        second = start(served | {name: str(free_port()) for name in PORTS})
        assert second.ends() == 1
        assert f"runs here already (pid {first.process.pid})" in second.output

    def test_a_folder_without_a_procfile_is_named(
        self, folder: Path, served: dict[str, str]
    ) -> None:
        running = Running(folder, served)
        assert running.ends() == 1
        assert "there is no" in running.output


class TestOstiaryItself:
    def test_can_be_walked_through_as_the_panel_says(self, ostiary: Running) -> None:
        walk = ostiary.output[ostiary.output.index("api=") :].partition("\n\n")[0]
        walked = subprocess.run(
            ["bash", "-c", walk], check=True, capture_output=True, text=True, timeout=60
        )
        assert '"email_verified":true' in walked.stdout

    def test_lacks_nothing_when_it_says_it_is_up(self, ostiary: Running) -> None:
        assert "Not yet" not in ostiary.output
