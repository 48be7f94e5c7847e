"""A stage for tests of real processes, each test file on one of its own."""

from collections.abc import Iterator

import pytest

from tests.processes.stage import Stage, open_stage, temporary_home, wait_until

# Whoever drives the load is one client, whose wrong passwords would be refused after fifty.
ONE_CLIENT = {"AUTH_LOGIN_CLIENT_MAX_ATTEMPTS": "off"}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Everything runs and is ready."""
    with temporary_home() as home, open_stage(home, **ONE_CLIENT) as stage:
        stage.start("web", "worker", "beat", "watch")
        wait_until(stage.answers)
        wait_until(lambda: stage.get("/ready").json()["status"] == "ready")
        yield stage
