"""What the page about scaling tells to look at, to set and to run is there."""

import re

import pytest

from ostiary.doctor.advice import ADVICE
from ostiary.platform.settings.reading import KNOWN
from ostiary.watch.alerts.rules import RULES
from tests.queries import invented
from tests.source_tree import HOUSE
from workshop.benchmarks.workloads import BY_NAME

TEXT = (HOUSE / "docs/scaling.md").read_text()
SHOWN = {*ADVICE} | {rule.name for rule in RULES}
FIGURES = set(re.findall(r"`(ostiary_\w+)`", TEXT))


@pytest.mark.parametrize("metric", sorted(FIGURES))
def test_a_metric_is_there(metric: str) -> None:
    assert not invented(metric)


def test_what_the_doctor_and_the_alerts_say_is_theirs() -> None:
    column = re.findall(r"^\| \d \|[^|]+\|([^|]+)", TEXT, re.MULTILINE)
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", " ".join(column))) - FIGURES
    assert len(named) > 8
    assert named <= SHOWN


def test_an_alert_of_prometheus_is_there() -> None:
    rules = (HOUSE / "docs/ops/prometheus/rules.yml").read_text()
    named = set(re.findall(r"Ostiary[A-Z]\w+", TEXT))
    assert {f"alert: {each}" in rules for each in named} == {True}


def test_a_setting_can_be_set() -> None:
    assert set(re.findall(r"`((?:WEB|WORKER|RATE|PASSWORD|DATABASE|REDIS)_[A-Z_]+)`", TEXT)) <= {
        *KNOWN
    }


@pytest.mark.parametrize("words", re.findall(r'make bench ARGS="([^"]+)"', TEXT))
def test_what_is_to_be_measured_can_be(words: str) -> None:
    assert {*words.split()} <= BY_NAME.keys()
