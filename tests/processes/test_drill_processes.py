"""A drill leaves a report, and undoes its fault whoever interrupts it."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from threading import Timer

import pytest

from tests.processes.stage import FULL
from tests.source_tree import HOUSE
from tests.test_command_line import COMMAND
from workshop.harness.process_tree import descendants, find_process

PATIENCE_SECONDS = 150
ENVIRON = {"PATH": os.environ["PATH"]}


class Drilling:
    """One `ostiary drill`, its progress read line by line."""

    def __init__(self, reports: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [COMMAND, "drill", *words, "--reports", str(reports)],
            env=ENVIRON,
            cwd=HOUSE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._limit = Timer(PATIENCE_SECONDS, self.process.kill)
        self._limit.start()

    def until(self, text: str) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)
            if text in line:
                return
        raise AssertionError(f"never said {text!r}: {self.lines}")

    def ends(self) -> int:
        self.lines += list(self.process.stdout or ())
        self._limit.cancel()
        return self.process.wait()

    @property
    def output(self) -> str:
        return "".join(self.lines)


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.mark.skipif(not FULL, reason="takes most of a minute: REHEARSAL=full")
def test_it_leaves_a_report_and_says_whether_it_was_kept(reports: Path) -> None:
    """Other tests slow it down, and it may miss a bound."""
    drilling = Drilling(reports, "redis-down")
    code = drilling.ends()
    (report,) = json.loads((reports / "redis-down.json").read_text())
    measured = {each["what"]: each["measured"] for each in report["verdicts"]}
    assert code == int(not report["kept"])
    assert (measured["answers that failed"], measured["guesses judged at one address"]) == (0, 5)
    assert "<svg" in (reports / "redis-down.html").read_text()


def test_it_undoes_its_fault_when_it_is_interrupted(reports: Path) -> None:
    drilling = Drilling(reports, "postgres-frozen")
    drilling.until("Postgres stands still")
    family = descendants(drilling.process.pid)
    drilling.process.send_signal(signal.SIGINT)
    assert drilling.ends() == 128 + signal.SIGINT
    assert "undone: Postgres goes on" in drilling.output
    assert [pid for pid in family if find_process(pid)] == []


def test_it_undoes_every_fault_of_those_at_once(reports: Path) -> None:
    drilling = Drilling(reports, "all", "--at-once", "2")
    drilling.until("the only worker is killed")
    if "beat is stopped" not in drilling.output:
        drilling.until("beat is stopped")
    family = descendants(drilling.process.pid)
    drilling.process.terminate()
    assert drilling.ends() == 128 + signal.SIGTERM
    assert re.search(r"worker-killed +undone", drilling.output)
    assert re.search(r"beat-stopped +undone", drilling.output)
    assert [pid for pid in family if find_process(pid)] == []
