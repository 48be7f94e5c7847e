"""A real Prometheus scrapes web and worker, and has nothing to say against rules and dashboards."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.processes.stage import ROOT, Stage, open_stage, temporary_home, wait_until
from workshop.harness.ports import free_port
from workshop.harness.process_tree import dies_with_parent

SHIPPED = ROOT / "docs/ops/prometheus"
DASHBOARDS = ROOT / "docs/ops/grafana"
WORKER_PORT = free_port()
# What is there before anybody has come: counters without labels, and what is read at the scrape.
AT_ONCE = {
    "ostiary_lockouts_started_total",
    "ostiary_ready",
    "ostiary_queue_length",
    "ostiary_alerts_firing",
    "ostiary_beat_last_run_seconds",
    "ostiary_tasks_total",
    "ostiary_task_seconds_bucket",
    "ostiary_lockouts_released_total",
}

pytestmark = pytest.mark.skipif(not shutil.which("prometheus"), reason="there is no prometheus")


@dataclass(frozen=True)
class Prometheus:
    url: str

    def ask(self, path: str, **parameters: str) -> Any:
        return requests.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=10).json()

    def targets(self) -> dict[str, str]:
        found = self.ask("targets")["data"]["activeTargets"]
        return {each["labels"]["job"]: each["health"] + each["lastError"] for each in found}

    def rules(self) -> list[dict[str, Any]]:
        return [rule for group in self.ask("rules")["data"]["groups"] for rule in group["rules"]]

    def names(self) -> set[str]:
        return set(self.ask("label/__name__/values")["data"])


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    settings = {
        "METRICS_ENABLED": "true",
        "METRICS_GUARD": "cidr",
        "METRICS_GUARD_ALLOWLIST": "127.0.0.0/8,::1/128",
        "WORKER_METRICS_PORT": str(WORKER_PORT),
    }
    with temporary_home() as home, open_stage(home, **settings) as stage:
        stage.start("web", "worker", "beat", "watch")
        wait_until(lambda: stage.answers() and stage.get("/ready").json()["status"] == "ready")
        yield stage


@pytest.fixture(scope="module")
def prometheus(stage: Stage) -> Iterator[Prometheus]:
    """With the shipped rules, and the shipped configuration but for hosts, header and hurry."""
    port = free_port()
    with (stage.home / "prometheus.log").open("ab") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={configure(stage)}",
                f"--storage.tsdb.path={stage.home / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
            preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509
        )
    found = Prometheus(f"http://127.0.0.1:{port}")
    wait_until(lambda: answers(found))
    yield found
    process.terminate()
    process.wait(20)


def configure(stage: Stage) -> Path:
    configuration = yaml.safe_load((SHIPPED / "prometheus.yml").read_text())
    configuration["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s"}
    ports = {"ostiary-web": stage.port, "ostiary-worker": WORKER_PORT}
    for job in configuration["scrape_configs"]:
        # Debian's Prometheus sends no header of its own; it is let in by its address.
        job.pop("http_headers")
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
    shutil.copy(SHIPPED / "rules.yml", stage.home)
    (stage.home / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    return stage.home / "prometheus.yml"


def answers(prometheus: Prometheus) -> bool:
    try:
        return bool(prometheus.targets())
    except (requests.RequestException, KeyError):
        return False


def test_it_reaches_web_and_worker(prometheus: Prometheus) -> None:
    reached = {"ostiary-web": "up", "ostiary-worker": "up"}
    took = wait_until(lambda: prometheus.targets() == reached)
    assert took < 30


def test_it_finds_the_metrics_of_both(prometheus: Prometheus) -> None:
    wait_until(lambda: prometheus.names() >= AT_ONCE)


def test_its_rules_are_healthy(prometheus: Prometheus) -> None:
    wait_until(lambda: {rule["health"] for rule in prometheus.rules()} == {"ok"})
    assert not [rule["lastError"] for rule in prometheus.rules() if rule.get("lastError")]


def test_its_alerts_are_silent_where_nothing_is_wrong(prometheus: Prometheus) -> None:
    alerts = [rule for rule in prometheus.rules() if rule["type"] == "alerting"]
    assert alerts
    wait_until(
        lambda: {each["state"] for each in prometheus.rules() if "state" in each} == {"inactive"}
    )


def test_it_knows_beat_by_the_entries_that_the_rule_names(prometheus: Prometheus) -> None:
    (late,) = (rule["query"] for rule in prometheus.rules() if "EntryLate" in rule["name"])
    seen = prometheus.ask("label/entry/values")["data"]
    assert seen
    assert all(entry in late for entry in seen)


@pytest.mark.parametrize("board", sorted(DASHBOARDS.glob("*.json")), ids=lambda file: file.stem)
def test_it_understands_every_dashboard(prometheus: Prometheus, board: Path) -> None:
    for panel in json.loads(board.read_text())["panels"]:
        for target in panel.get("targets", []):
            query = target["expr"].replace("$__rate_interval", "1m")
            assert prometheus.ask("query", query=query)["status"] == "success", query
