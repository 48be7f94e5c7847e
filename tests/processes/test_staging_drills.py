"""`ostiary drill --on` breaks the stack that a file names, and mends it whoever interrupts it."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.stage import FULL, temporary_home, wait_until
from tests.processes.staging import Staging, open_staging
from workshop.harness.process_tree import descendants, signal_each

UNDO = ".ostiary/drills/undo.json"


@pytest.fixture(scope="module")
def staging() -> Iterator[Staging]:
    with temporary_home() as home, open_staging(home) as open_stack:
        yield open_stack


def frozen(staging: Staging, folder: Path) -> subprocess.Popen[str]:
    """A drill that has just stopped Redis."""
    drilling = staging.drill(folder, "redis-frozen", "--on", str(staging.named()))
    wait_until(staging.is_frozen, seconds=60)
    assert (folder / UNDO).exists()
    return drilling


@pytest.mark.parametrize(
    "name",
    [
        "metrics-denied",
        pytest.param("redis-frozen", marks=pytest.mark.skipif(not FULL, reason="half a minute")),
        pytest.param("worker-killed", marks=pytest.mark.skipif(not FULL, reason="a minute")),
        pytest.param("key-rotation", marks=pytest.mark.skipif(not FULL, reason="half a minute")),
    ],
)
def test_it_measures_the_same_as_on_a_stack_of_its_own(
    staging: Staging, tmp_path: Path, name: str
) -> None:
    drilling = staging.drill(tmp_path, name, "--on", str(staging.named()), "--reports", ".")
    output = drilling.communicate(timeout=240)[0]
    print(output)
    assert f"{name}.json" in output
    (report,) = json.loads((tmp_path / f"{name}.json").read_text())
    measured = {each["what"]: each["measured"] for each in report["verdicts"]}
    assert drilling.returncode == int(not report["kept"])
    assert (measured["answers that failed"], measured["guesses judged at one address"]) == (0, 5)
    assert "<svg" in (tmp_path / f"{name}.html").read_text()
    assert not (tmp_path / UNDO).exists()


def test_it_undoes_its_fault_when_it_is_interrupted(staging: Staging, tmp_path: Path) -> None:
    drilling = frozen(staging, tmp_path)
    drilling.send_signal(signal.SIGINT)
    output = drilling.communicate(timeout=60)[0]
    assert drilling.returncode == 128 + signal.SIGINT
    assert "the fault is undone" in output
    assert not staging.is_frozen()


def test_it_leaves_word_of_what_is_broken_when_it_is_killed(
    staging: Staging, tmp_path: Path
) -> None:
    drilling = frozen(staging, tmp_path)
    signal_each(signal.SIGKILL, *descendants(drilling.pid), drilling.pid)
    drilling.communicate()
    assert staging.is_frozen()
    undoing = staging.drill(tmp_path, "--undo")
    assert "undone: redis-frozen" in undoing.communicate(timeout=60)[0]
    assert (undoing.returncode, staging.is_frozen()) == (0, False)
    assert not (tmp_path / UNDO).exists()


def test_it_tells_which_command_failed(staging: Staging, tmp_path: Path) -> None:
    path = staging.named(redis_frozen_inject="echo no such container; exit 3")
    drilling = staging.drill(tmp_path, "redis-frozen", "--on", str(path))
    output = drilling.communicate(timeout=60)[0]
    assert drilling.returncode == 1
    assert "inject of redis-frozen failed with exit code 3" in output
    assert "no such container" in output
    assert not (tmp_path / UNDO).exists()
