"""What compose.prod.yml starts comes up as it is written there, in production, and works."""

from collections.abc import Iterator

import pytest
import requests

from tests.compose_file import OURS
from tests.processes.composition import Composition, open_composition, status
from tests.processes.stage import wait_until


@pytest.fixture(scope="module")
def composition() -> Iterator[Composition]:
    with open_composition(*OURS.keys() - {"migrate"}) as composition:
        ready = composition.stage
        wait_until(lambda: ready.get("/ready").json()["status"] == "ready", seconds=60)
        yield composition


def test_a_registration_leads_to_a_letter(composition: Composition) -> None:
    stage = composition.stage
    assert stage.register("ada@example.com").status_code == 202
    wait_until(lambda: stage.mailbox.letters(to="ada@example.com"))
    (letter,) = stage.mailbox.letters(to="ada@example.com")
    assert all(link.startswith("https://id.example.com/") for link in letter.links)


@pytest.mark.parametrize("name", ["worker", "beat", "watch"])
def test_a_process_passes_its_health_check(composition: Composition, name: str) -> None:
    assert composition.run(name, *OURS[name]["healthcheck"]["test"][1:]) == 0


def test_metrics_are_told_to_who_knows_the_secret(composition: Composition) -> None:
    url = f"http://127.0.0.1:{composition.ports['WORKER_METRICS_PORT']}/metrics"
    for page in (url, f"{composition.stage.url}/metrics"):
        assert requests.get(page, timeout=5).status_code == 403
        headers = {"x-metrics-secret": composition.secret("metrics_secret")}
        assert requests.get(page, headers=headers, timeout=5).status_code == 200


def test_flower_asks_who_is_there(composition: Composition) -> None:
    url = f"http://127.0.0.1:{composition.ports['FLOWER_PORT']}"
    user, _, password = composition.secret("flower_basic_auth").partition(":")
    wait_until(lambda: status(f"{url}/healthcheck") == 200)
    assert requests.get(f"{url}/workers", timeout=5).status_code == 401
    assert requests.get(f"{url}/workers", auth=(user, password), timeout=5).status_code == 200
