"""A stack that a file names is drilled only if it says so, and its own commands mend it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from ssl import SSLContext
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from ostiary.platform.settings import read_settings
from ostiary.platform.signals import Stopped, stoppable, undisturbed
from tests.app_client import OpenDoor
from tests.command_line_fixture import call
from tests.smtp_peers import self_signed
from tests.test_settings import HOME, PUBLIC
from workshop.commands.drill_stack import alone
from workshop.drills import BY_NAME
from workshop.harness.errors import CannotStart
from workshop.mailbox import Mailbox
from workshop.rehearsal.fitness import unfit
from workshop.rehearsal.named.admission import Admission
from workshop.rehearsal.named.commands import Shell
from workshop.rehearsal.named.file import StackFile, read_stack_file
from workshop.rehearsal.named.marker import Marker
from workshop.rehearsal.named.stack import NamedStack

REDIS = {"inject": "true", "undo": "true"}
ALLOWED = {"DRILLS_ALLOWED": "true", "RATE_LIMIT_REFRESH": "60/m"}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is broken is noted in the folder where a drill is started."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], StackFile]:
    def read(text: str) -> StackFile:
        (tmp_path / "staging.toml").write_text(text)
        return read_stack_file(Path("staging.toml"), [*BY_NAME])

    return read


def said(**changes: Any) -> StackFile:
    words = {"web": "http://localhost:1", "mailbox": "http://localhost:1", "ostiary": "true"}
    return StackFile.model_validate({**words, "faults": {"redis-frozen": REDIS}, **changes})


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def listening(app: Any, tls: SSLContext | None = None) -> Iterator[str]:
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
        server.shutdown()


Admit = Callable[..., str]


@pytest.fixture
def admit(open_door: OpenDoor, letterbox: Mailbox) -> Iterator[Admit]:
    """Asks a stack with these settings; its command gives the permit of `elsewhere`, or its own."""
    with ExitStack() as opened:

        def admit(*, elsewhere: str = "", drill: str = "redis-frozen", **settings: str) -> str:
            door = open_door(**settings)
            url = opened.enter_context(listening(door.client.app))
            permit = elsewhere or str(door.services.readiness.drill_permit)
            known = json.dumps({"permit": permit, "operator": "operator@example.com"})
            file = said(web=url, mailbox=letterbox.url, ostiary=f"echo '{known}' #")
            return Admission(file).operator([BY_NAME[drill]])

        yield admit


class TestTheFile:
    def test_says_everything_that_is_wrong_with_it(self, read: Callable[[str], StackFile]) -> None:
        with pytest.raises(CannotStart) as refused:
            read('web = "staging"\nmailbox = "http://localhost"\nfault = 1\n')
        told = str(refused.value)
        assert all(f"staging.toml: {each}: " in told for each in ("web", "ostiary", "fault"))

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("web = ", "staging.toml: Invalid value"),
            (
                'web = "http://a"\nmailbox = "http://b"\nostiary = "c"\nfaults.redis-up.undo = "d"',
                "faults.redis-up: there is no such drill",
            ),
            (
                'web = "https://a"\nmailbox = "http://b"\nostiary = "c"\nca_file = "nowhere.pem"',
                "staging.toml: ca_file: Path does not point to a file",
            ),
        ],
    )
    def test_names_what_it_cannot_be(
        self, read: Callable[[str], StackFile], text: str, problem: str
    ) -> None:
        with pytest.raises(CannotStart, match=problem):
            read(text)

    def test_is_missed_by_name(self) -> None:
        with pytest.raises(CannotStart, match=r"nowhere\.toml: No such file"):
            read_stack_file(Path("nowhere.toml"), [])

    @pytest.mark.parametrize(
        ("drill", "lacking"),
        [
            ("redis-frozen", []),
            ("redis-down", ["faults.redis-down.inject", "faults.redis-down.undo"]),
            ("redis-flushed", ["faults.redis-flushed.inject"]),
            ("metrics-denied", ["metrics_secret_file"]),
            ("backup-restore", ["a stack of its own"]),
            ("lockout-storm", []),
            ("key-rotation", []),
        ],
    )
    def test_lacks_what_a_drill_needs(self, drill: str, lacking: list[str]) -> None:
        assert said().lacking(BY_NAME[drill]) == lacking


class TestACommand:
    def test_is_told_with_its_output_when_it_fails(self) -> None:
        with pytest.raises(CannotStart) as refused:
            Shell(5).insist("undo of redis-frozen", "echo no such container >&2; exit 3")
        told = str(refused.value)
        assert told.startswith("undo of redis-frozen failed with exit code 3: echo")
        assert told.endswith("no such container")

    def test_is_ended_with_its_children_when_it_takes_too_long(self, tmp_path: Path) -> None:
        with pytest.raises(CannotStart, match=r"ostiary took longer than 0\.3 s: echo hm"):
            Shell(0.3).run("ostiary", f"echo hm; (sleep 0.6; touch {tmp_path}/late) & wait")
        time.sleep(0.6)
        assert not (tmp_path / "late").exists()

    def test_is_not_waited_for_because_of_what_it_leaves_running(self) -> None:
        began = time.monotonic()
        Shell(20).insist("undo", "sleep 5 & echo started")
        assert time.monotonic() - began < 4

    def test_takes_words_as_they_are(self) -> None:
        assert Shell(5).insist("ostiary", "printf '%s.'", "a b", "$HOME").endswith("a b.$HOME.")

    def test_is_let_finish_by_a_signal_which_is_answered_then(self) -> None:
        done = False
        with stoppable(lambda: None) as end, pytest.raises(Stopped):
            with undisturbed():
                os.kill(os.getpid(), signal.SIGTERM)
                done = True
            end()
        assert done


class TestWhatIsBroken:
    def stack(self, **commands: str) -> tuple[NamedStack, list[str]]:
        told: list[str] = []
        file = said(faults={"redis-frozen": REDIS | commands})
        return NamedStack(file, Path("staging.toml"), "operator@example.com", told.append), told

    def test_is_noted_before_it_is_broken(self) -> None:
        stack, _ = self.stack(inject="cp .ostiary/drills/undo.json seen", undo="touch mended")
        stack.inject("redis-frozen")
        assert json.loads(Path("seen").read_text())["undo"] == "touch mended"
        stack.undo("redis-frozen")
        assert Path("mended").exists()
        assert Marker.find() is None

    def test_is_mended_where_it_was_broken_only_half_the_way(self) -> None:
        stack, _ = self.stack(inject="exit 1", undo="touch mended")
        drill = BY_NAME["redis-frozen"]
        with pytest.raises(CannotStart, match="inject of redis-frozen"), drill.broken(stack):
            pass
        assert Path("mended").exists()

    def test_stays_noted_and_is_told_when_it_cannot_be_mended(self) -> None:
        stack, told = self.stack(inject="echo first; exit 1", undo="echo second; exit 1")
        with pytest.raises(CannotStart) as failed, BY_NAME["redis-frozen"].broken(stack):
            pass
        assert "first" in str(failed.value)
        assert "second" in str(failed.value)
        assert "staging.toml is still broken" in told[0]
        assert Marker.find() is not None

    def test_is_mended_by_the_next_drill_before_anything_else(self) -> None:
        Marker("redis-frozen", "staging.toml", "touch mended", 5).leave()
        run = drill("metrics-denied", "--on", "nowhere.toml")
        assert Path("mended").exists()
        assert "undone: redis-frozen on staging.toml" in run.stdout
        assert "nowhere.toml" in run.stderr

    def test_keeps_the_next_drill_from_beginning_if_that_fails(self) -> None:
        Marker("redis-frozen", "staging.toml", "exit 7", 5).leave()
        run = drill("--undo")
        assert run.returncode == 1
        assert "exit code 7" in run.stderr
        assert Marker.find() is not None

    def test_is_left_to_the_drill_that_goes_on(self) -> None:
        Marker("redis-frozen", "staging.toml", "touch mended", 5).leave()
        with alone():
            refused = drill("--undo")
        assert refused.stderr == f"Error: A drill runs here already (pid {os.getpid()}).\n"
        assert not Path("mended").exists()

    def test_is_nothing_most_of_the_time(self) -> None:
        assert drill("--undo").returncode == 0


class TestAStack:
    def test_that_allows_drills_is_admitted(self, admit: Admit) -> None:
        assert admit(**ALLOWED, TRUSTED_PROXIES="127.0.0.0/8") == "operator@example.com"

    def test_that_does_not_say_so_is_refused(self, admit: Admit) -> None:
        with pytest.raises(CannotStart, match="may not be drilled"):
            admit()

    def test_is_refused_when_the_commands_reach_another(self, admit: Admit) -> None:
        with pytest.raises(CannotStart, match="runs in another stack than http"):
            admit(**ALLOWED, elsewhere="0" * 32)

    def test_is_refused_when_it_cannot_tell_people_apart(self, admit: Admit) -> None:
        with pytest.raises(CannotStart, match="TRUSTED_PROXIES"):
            admit(**ALLOWED)

    def test_is_refused_when_the_file_does_not_say_enough(self, admit: Admit) -> None:
        with pytest.raises(CannotStart, match=r"redis-down needs faults\.redis-down\.inject"):
            admit(**ALLOWED, drill="redis-down")

    def test_is_refused_when_it_is_not_there(self) -> None:
        with pytest.raises(CannotStart, match="http://localhost:1 does not answer"):
            Admission(said()).operator([BY_NAME["redis-frozen"]])

    def test_of_which_nobody_knows_the_certificate_is_told_from_one_that_is_away(
        self, open_door: OpenDoor, tmp_path: Path
    ) -> None:
        certificate, tls = self_signed(tmp_path)
        with listening(open_door().client.app, tls) as url:
            with pytest.raises(CannotStart, match=r"certificate .*self-signed.* ca_file"):
                Admission(said(web=url)).operator([BY_NAME["redis-frozen"]])
            with pytest.raises(CannotStart, match="may not be drilled"):
                Admission(said(web=url, ca_file=certificate)).operator([BY_NAME["redis-frozen"]])


class TestAPermit:
    STAGING = HOME | PUBLIC | {"APP_ENV": "staging", "DRILLS_ALLOWED": "true"}
    FIT = STAGING | {
        "ALERT_EMAILS": "operator@example.com",
        "ALERT_WEBHOOK_URL": "http://mailbox:8025/webhook",
        "ALERT_WEBHOOK_SECRET": "whsec_aG9vay1wYXNzd29yZA==",
        "ALERT_LOCKOUTS": "10/15s",
        "ALERT_METRICS_DENIED": "10/15s",
    }

    def test_is_the_same_in_each_process_and_in_no_other_stack(self) -> None:
        ours = permit(self.FIT)
        assert json.loads(ours.stdout)["operator"] == "operator@example.com"
        assert ours.stdout == permit(self.FIT).stdout
        assert ours.stdout != permit(self.FIT | {"SECRET_KEYS": "b" * 32}).stdout

    def test_is_never_given_in_production(self) -> None:
        refused = permit(self.FIT | {"APP_ENV": "production"})
        assert refused.returncode == 78
        assert "DRILLS_ALLOWED must be false" in refused.stderr

    def test_is_not_given_where_drills_are_not_allowed(self) -> None:
        refused = permit(self.FIT | {"DRILLS_ALLOWED": "false"})
        assert (refused.returncode, refused.stdout) == (1, "")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("ALERT_LOCKOUTS", "10/5m"),
            ("ALERT_METRICS_DENIED", "50/15s"),
            ("ALERT_EMAILS", ""),
            ("AUTH_LOGIN_MAX_ATTEMPTS", "10"),
            ("AUTH_EMAIL_VERIFICATION_REQUIRED", "false"),
        ],
    )
    def test_is_not_given_where_a_drill_would_say_nothing(self, name: str, value: str) -> None:
        (problem,) = unfit(read_settings(self.FIT | {name: value}))
        assert name in problem
        assert list(unfit(read_settings(self.FIT))) == []


class TestProduction:
    def test_names_no_stack_either(self) -> None:
        refused = drill("redis-frozen", "--on", "staging.toml", APP_ENV="production")
        assert refused.returncode == 1
        assert "APP_ENV is production" in refused.stderr


def permit(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return drill("--permit", "--json", **environ)


def drill(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return call("drill", *words, environ={"PATH": os.defpath, **environ}, folder=Path.cwd())
