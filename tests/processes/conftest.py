"""A stage for tests of real processes, each test file on one of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.stage import Stage, open_stage, wait_until


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Everything runs and is ready."""
    home = Path(tempfile.mkdtemp(prefix="ostiary-stage-"))
    home.chmod(0o711)
    with open_stage(home) as stage:
        stage.start("web", "worker", "beat", "watch")
        wait_until(stage.answers)
        wait_until(lambda: stage.get("/ready").json()["status"] == "ready")
        yield stage
    shutil.rmtree(home, ignore_errors=True)
