"""What Prometheus is told to watch exists, is proven, and leads to the runbook."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ostiary.watch.alerts.rules import RULES
from tests.queries import invented, metrics_of
from tests.source_tree import HOUSE
from tests.toy_api import toy_api

FOLDER = HOUSE / "docs/ops/prometheus"
GROUPS = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"]
CASES = yaml.safe_load((FOLDER / "rules_test.yml").read_text())["tests"]
CONFIGURATION = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
ENTRIES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = {entry["alert"]: entry for entry in ENTRIES if "alert" in entry}
promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")


def anchor(alert: str) -> str:
    return "-".join(re.findall("[A-Z][a-z]+", alert.removeprefix("Ostiary"))).lower()


def asked_of(*question: str | Path) -> str:
    answered = subprocess.run(
        ["promtool", *map(str, question)], check=False, capture_output=True, text=True
    )
    assert answered.returncode == 0, answered.stdout + answered.stderr
    return answered.stdout


class TestARule:
    @pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["expr"][:40])
    def test_asks_for_what_there_is(self, entry: dict[str, Any]) -> None:
        assert not invented(entry["expr"])


@pytest.mark.parametrize("alert", ALERTS)
class TestAnAlert:
    def test_says_how_bad_it_is_and_what_to_do(self, alert: str) -> None:
        assert ALERTS[alert]["labels"]["severity"] in {"critical", "warning"}
        assert ALERTS[alert]["annotations"].keys() == {"summary", "description", "runbook_url"}

    def test_links_to_its_section(self, alert: str) -> None:
        link = ALERTS[alert]["annotations"]["runbook_url"]
        assert link == f"{{{{ $externalLabels.ostiary_url }}}}/docs/runbook#{anchor(alert)}"
        shown = toy_api().simulate_get("/docs/runbook").text
        assert f'<h2 id="{anchor(alert)}">' in shown

    def test_is_proven_to_fire_and_to_be_silent(self, alert: str) -> None:
        (case,) = (case for case in CASES if case["name"] == alert)
        fires = [bool(each["exp_samples"]) for each in case["promql_expr_test"]]
        assert fires == [False, True, False]


class TestOstiarysOwnRules:
    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
    def test_are_seen_by_prometheus_too(self, rule: Any) -> None:
        alert = "Ostiary" + rule.name.title().replace("_", "")
        assert ALERTS[alert]["labels"]["severity"] == rule.severity


class TestTheConfiguration:
    def test_names_the_jobs_as_the_rules_do(self) -> None:
        jobs = {job["job_name"] for job in CONFIGURATION["scrape_configs"]}
        assert jobs == {"ostiary-web", "ostiary-worker"}

    def test_says_where_the_runbook_is(self) -> None:
        assert CONFIGURATION["global"]["external_labels"].keys() == {"ostiary_url"}

    @promtool
    def test_is_accepted_but_for_what_an_old_prometheus_does_not_know(self, tmp_path: Path) -> None:
        for job in CONFIGURATION["scrape_configs"]:
            job.pop("http_headers", None)
        shutil.copy(FOLDER / "rules.yml", tmp_path)
        (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(CONFIGURATION))
        asked_of("check", "config", tmp_path / "prometheus.yml")


@promtool
class TestPromtool:
    def test_accepts_the_rules(self) -> None:
        assert f"{len(ENTRIES)} rules found" in asked_of("check", "rules", FOLDER / "rules.yml")

    def test_proves_every_alert(self) -> None:
        assert "SUCCESS" in asked_of("test", "rules", FOLDER / "rules_test.yml")


def test_every_expression_names_a_metric() -> None:
    assert set().union(*(metrics_of(entry["expr"]) for entry in ENTRIES))
