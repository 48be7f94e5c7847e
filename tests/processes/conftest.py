"""A stage for tests of real processes, each test file on one of its own."""

from collections.abc import Iterator

import pytest

from tests.processes.stage import Stage, open_stage, temporary_home, wait_until


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Everything runs and is ready."""
    with temporary_home() as home, open_stage(home) as stage:
        stage.start("web", "worker", "beat", "watch")
        wait_until(stage.answers)
        wait_until(lambda: stage.get("/ready").json()["status"] == "ready")
        yield stage
