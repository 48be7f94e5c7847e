"""Every command of the runbook does what it is there for, typed as it stands on the page."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest

from tests.processes.rehearsal import REHEARSED
from tests.processes.stage import PASSWORD, Stage, open_stage, temporary_home, wait_until
from tests.processes.terminal import Terminal
from tests.runbook_commands import PAGE, Procedure, read_procedures
from tests.sentinels import Sentinel
from workshop.drills import BY_NAME
from workshop.harness.ports import LOOPBACK

CHEAP = "argon2id:m=8,t=1,p=1"
PROCEDURES = [each for each in read_procedures() if each.section not in REHEARSED]
DRILLED = [each for each in PROCEDURES if each.lines[0].startswith("ostiary drill ")]
TYPED = [each for each in PROCEDURES if each not in DRILLED]
LOCKED = "someone@example.com"
DOUBLED = "ada@xn--bcher-kva.example"
REDIS_REFUSES = re.compile(r"^(ERR|NOAUTH|NOPERM|WRONG\w+|READONLY|OOM|MISCONF) ", re.MULTILINE)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Everything runs, the accounts of the page are there, and one of them is locked."""
    with (
        temporary_home() as home,
        open_stage(home, ALERT_EMAILS="ops@example.com", PASSWORD_HASH=CHEAP) as stage,
    ):
        stage.start("web", "worker", "beat", "watch")
        wait_until(stage.answers)
        for email in (LOCKED, DOUBLED):
            open_account(stage, email)
        for _ in range(5):
            stage.post("/v1/auth/login", email=LOCKED, password="not the right one")
        wait_until(lambda: stage.get("/ready").json()["status"] == "ready")
        yield stage


def open_account(stage: Stage, email: str) -> None:
    subprocess.run(
        ["ostiary", "accounts", "create", email, "--password-stdin"],
        env=stage.environ,
        input=PASSWORD,
        text=True,
        check=True,
    )


class Sentry(Sentinel):
    """Watches the stage's Redis alone, and may decide alone."""

    def _settings(self) -> list[str]:
        watched = f"sentinel monitor mymaster {LOOPBACK} {self.watches} 1"
        return [f"port {self.port}", watched, f"sentinel auth-pass mymaster {self.password}"]


@pytest.fixture(scope="module")
def terminal(stage: Stage) -> Iterator[Terminal]:
    terminal, redis = Terminal(stage), stage.redis
    sentry = Sentry(
        home=stage.home / "sentinel",
        program=redis.program,
        password=redis.password,
        watches=redis.port,
    )
    sentry.home.mkdir()
    with sentry:
        terminal.environ["SENTINEL_PORT"] = str(sentry.port)
        yield terminal


@pytest.fixture
def locks_changed_back(stage: Stage) -> Iterator[None]:
    """Whatever passwords were changed: the processes here were not started again."""
    with closing(psycopg2.connect(stage.postgres.url_of("postgres"))) as connection:
        yield
        connection.cursor().execute("ALTER ROLE ostiary PASSWORD %s", [stage.postgres.password])
        connection.commit()


def ends_with(procedure: Procedure) -> int:
    """The stage keeps nothing that a crash could lose, and the doctor calls that critical."""
    return 1 if procedure.lines[-1].endswith("ostiary doctor") else 0


@pytest.mark.parametrize("procedure", TYPED, ids=str)
@pytest.mark.usefixtures("locks_changed_back")
def test_it_works_as_written(terminal: Terminal, procedure: Procedure) -> None:
    if "redis-cli" in str(procedure.lines) and not shutil.which("redis-cli"):
        pytest.skip("redis-cli is not installed")
    said = terminal.paste(procedure, expected=ends_with(procedure))
    assert not REDIS_REFUSES.search(said)


@pytest.mark.parametrize("procedure", DRILLED, ids=str)
def test_a_drill_that_it_names_is_there(procedure: Procedure) -> None:
    """Each is run by the tests of drills."""
    (line,) = procedure.lines
    assert line.split()[2] in BY_NAME


def test_all_of_it_was_found() -> None:
    page = PAGE.read_text()
    typed = [line for each in read_procedures() for line in each.lines]
    assert {*re.findall(r"^ *\$ (.+)$", page, re.MULTILINE)} <= {*typed}


def test_afterwards_all_is_as_it_was(stage: Stage) -> None:
    wait_until(lambda: stage.get("/ready").json()["status"] == "ready")
