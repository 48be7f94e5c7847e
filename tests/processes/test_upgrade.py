"""The release before this one and this one serve together over a migration; no request fails."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.processes.releases import find_release_before, libraries_gone, unpack
from tests.processes.replicas import Balancer, Replica
from tests.processes.stage import FULL, ROOT, Stage, open_stage, temporary_home, wait_until
from tests.processes.upgrade_clients import Crossing, Lives, lived

PHASE_SECONDS = 12.0 if FULL else 0.0
LIVES = 20 if FULL else 3
CHEAP = {"PASSWORD_HASH": "argon2id:m=8,t=1,p=1", "WEB_CONCURRENCY": "1", "WORKER_CONCURRENCY": "1"}
OLD, NEW = "web-1", "web-2"
OLD_WORK, NEW_WORK = ("worker-1", "beat-1", "watch-1"), ("worker-2", "beat-2", "watch-2")
BY_OLD_WORKERS, BY_NEW_WORKERS = "both, old workers", "both, new workers"

# A worker of before takes one promise at a time; those of a round are nudged again, one by one.
LEFT_TO_THE_RELAY = "takes 1 positional argument but"
WAITING = "SELECT count(*) FROM outbox WHERE finished_at IS NULL"
NOT_SENT = "SELECT task, status, last_error FROM outbox WHERE status <> 'sent'"


@dataclass
class Upgrade:
    """`schema` is what `/ready` said of it; `exits` are the codes the old release ended with."""

    stage: Stage
    balancer: Balancer
    lives: Lives
    schema: dict[str, tuple[int, str]] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)
    lasted: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, *crossings: Crossing) -> Iterator[None]:
        """Goes on until so much has happened in it, or something failed."""
        self.lives.phase, before, began = name, self.lives.lived, time.monotonic()
        yield
        wait_until(
            lambda: (
                self.lives.failures()
                or (
                    self.lives.lived >= before + LIVES
                    and self.lives.crossings.issuperset(crossings)
                )
            )
        )
        time.sleep(max(0.0, began + PHASE_SECONDS - time.monotonic()))
        self.lasted[name] = time.monotonic() - began

    def see(self, moment: str, replica: Replica, status: str) -> None:
        """Looks at `/ready` until it says so of the schema, for a while at most."""
        wait_until(lambda: _schema(replica)[1] == status)
        self.schema[moment] = _schema(replica)

    def stop_old_work(self) -> None:
        with ThreadPoolExecutor() as pool:
            stopped = pool.map(self.stage.stop, OLD_WORK)
            self.exits |= {name: code for name, (code, _) in zip(OLD_WORK, stopped, strict=True)}

    def errors(self) -> list[str]:
        lines = [
            line
            for log in self.stage.home.glob("*-[12].log")
            for line in log.read_text().splitlines()
        ]
        told = [each for each in lines if json.loads(each)["level"] in ("error", "critical")]
        return [each for each in told if LEFT_TO_THE_RELAY not in each]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Its source and its schema are those of the release before."""
    release = find_release_before()
    if release is None:
        pytest.skip("There is no history here that has the release before this one.")
    with temporary_home() as home:
        unpack(release, home / "before")
        if gone := libraries_gone(home / "before"):
            pytest.skip(
                f"The release before this one needs {sorted(gone)}, which are not installed."
            )
        with open_stage(home, home / "before", **CHEAP) as stage:
            yield stage


@pytest.fixture(scope="module")
def upgrade(stage: Stage) -> Upgrade:
    old, new = Replica(OLD), Replica(NEW)
    balancer = Balancer(stage, (old, new))
    balancer.boot(old)
    stage.start(*OLD_WORK)
    wait_until(lambda: _schema(old)[0] == 200)
    old.away = False
    with lived(balancer) as lives:
        upgrade = Upgrade(stage, balancer, lives)
        _go_through(upgrade, old, new)
    return upgrade


def _go_through(upgrade: Upgrade, old: Replica, new: Replica) -> None:
    stage = upgrade.stage
    with upgrade.phase("the old release"):
        stage.turn_to(ROOT)
        upgrade.balancer.boot(new)
        upgrade.see("new code, old schema", new, "down")
    with upgrade.phase("the migration"):
        stage.migrate()
        upgrade.see("new code, new schema", new, "up")
    new.away = False
    with upgrade.phase(BY_OLD_WORKERS, *_crossings(BY_OLD_WORKERS, NEW)):
        upgrade.see("old code, new schema", old, "up")
    stage.start(*NEW_WORK)
    wait_until(lambda: "process_ready" in stage.log("worker-2").read_text())
    upgrade.stop_old_work()
    with upgrade.phase(BY_NEW_WORKERS, *_crossings(BY_NEW_WORKERS, OLD)):
        pass
    upgrade.exits[OLD] = upgrade.balancer.stop(old)
    with upgrade.phase("the new release"):
        pass


def _crossings(phase: str, promised_by: str) -> list[Crossing]:
    """A letter of that one arrives, and sessions go on in both directions."""
    sessions = [Crossing(phase, "session", *each) for each in ((OLD, NEW), (NEW, OLD))]
    return [*sessions, Crossing(phase, "letter", promised_by, "")]


class TestAnUpgrade:
    def test_fails_no_request(self, upgrade: Upgrade, capsys: pytest.CaptureFixture[str]) -> None:
        with capsys.disabled():
            _show(upgrade)
        assert upgrade.lives.failures() == []

    def test_lets_old_code_serve_on_the_new_schema(self, upgrade: Upgrade) -> None:
        assert upgrade.schema["old code, new schema"] == (200, "up")

    def test_keeps_new_code_from_serving_on_the_old_schema(self, upgrade: Upgrade) -> None:
        assert upgrade.schema["new code, old schema"] == (503, "down")
        assert upgrade.schema["new code, new schema"] == (200, "up")

    def test_stops_everything_old_in_order(self, upgrade: Upgrade) -> None:
        assert upgrade.exits == dict.fromkeys((*OLD_WORK, OLD), 0)

    def test_breaks_no_promise(self, upgrade: Upgrade) -> None:
        wait_until(lambda: upgrade.stage.rows(WAITING) == [(0,)])
        assert upgrade.stage.rows(NOT_SENT) == []

    def test_is_no_error_to_either_release(self, upgrade: Upgrade) -> None:
        assert upgrade.errors() == []


def _schema(replica: Replica) -> tuple[int, str]:
    answered = replica.ask("GET", "/ready")
    return answered.status_code, answered.json()["checks"]["migrations"]["status"]


def _show(upgrade: Upgrade) -> None:
    print("\n  phase                 seconds  requests  failed  slowest")
    for phase, lasted in upgrade.lasted.items():
        answers = [each for each in upgrade.lives.answers if each.phase == phase]
        failed = sum(1 for each in answers if each.failure)
        slowest = max(each.seconds for each in answers)
        print(f"  {phase:20} {lasted:8.1f} {len(answers):9} {failed:7} {slowest:6.2f} s")
