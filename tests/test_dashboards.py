"""The dashboards show every metric, ask for nothing else, and lead to the runbook."""

import json
import re
from itertools import combinations
from typing import Any

import pytest

from tests.queries import LABELS, invented, metrics_of
from tests.source_tree import HOUSE
from tests.toy_api import toy_api

FILES = sorted((HOUSE / "docs/ops/grafana").glob("*.json"))
BOARDS: dict[str, dict[str, Any]] = {file.stem: json.loads(file.read_text()) for file in FILES}
PANELS = [
    pytest.param(panel, id=f"{name}-{panel['title']}")
    for name, board in BOARDS.items()
    for panel in board["panels"]
    if panel["type"] != "row"
]
RUNBOOK = "${ostiary_url}/docs/runbook"
SUM_OF_WHAT_IS_READ = re.compile(
    r"(sum|avg|count)( by \([\w, ]+\))? ?\(ostiary_"
    r"(ready|lockouts_active|messages_waiting|messages_oldest|protection_mode|queue|beat|alerts)"
)
SECTIONS = set(re.findall(r'<h2 id="([\w-]+)">', toy_api().simulate_get("/docs/runbook").text))

Panel = dict[str, Any]


def expressions(panel: Panel) -> list[str]:
    """As Prometheus gets them, once Grafana has filled in what it knows."""
    return [each["expr"].replace("$__rate_interval", "5m") for each in panel["targets"]]


def test_there_are_four() -> None:
    assert set(BOARDS) == {"overview", "protection", "mail", "workers"}


def test_every_metric_is_shown() -> None:
    shown = {
        metric
        for board in BOARDS.values()
        for panel in board["panels"]
        for expression in expressions({"targets": [], **panel})
        for metric in metrics_of(expression)
    }
    assert shown == LABELS.keys()


@pytest.mark.parametrize("name", BOARDS)
class TestADashboard:
    def test_can_be_imported_anywhere_and_again(self, name: str) -> None:
        board = BOARDS[name]
        assert board["uid"] == f"ostiary-{name}"
        assert "id" not in board
        assert [each["type"] for each in board["templating"]["list"]][:1] == ["datasource"]

    def test_leads_to_the_others_and_to_the_runbook(self, name: str) -> None:
        others, runbook = BOARDS[name]["links"]
        assert others["tags"] == BOARDS[name]["tags"] == ["ostiary"]
        assert runbook["url"] == RUNBOOK

    def test_numbers_its_panels(self, name: str) -> None:
        numbers = [panel["id"] for panel in BOARDS[name]["panels"]]
        assert numbers == list(range(1, len(numbers) + 1))

    def test_puts_no_panel_on_another(self, name: str) -> None:
        places = [panel["gridPos"] for panel in BOARDS[name]["panels"]]
        assert all(place["x"] + place["w"] <= 24 for place in places)
        assert not [pair for pair in combinations(places, 2) if _overlap(*pair)]


@pytest.mark.parametrize("panel", PANELS)
class TestAPanel:
    def test_asks_for_what_there_is(self, panel: Panel) -> None:
        assert panel["targets"]
        assert not set().union(*map(invented, expressions(panel)))

    def test_never_adds_up_what_every_replica_reads_alike(self, panel: Panel) -> None:
        assert not [each for each in expressions(panel) if SUM_OF_WHAT_IS_READ.search(each)]

    def test_names_a_line_by_what_tells_it_from_others(self, panel: Panel) -> None:
        for target in panel["targets"]:
            for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
                assert label in target["expr"] or label in {"instance", "datname"}

    def test_asks_the_source_that_was_chosen(self, panel: Panel) -> None:
        chosen = {"type": "prometheus", "uid": "${datasource}"}
        assert [panel["datasource"], *(each["datasource"] for each in panel["targets"])] == [
            chosen
        ] * (len(panel["targets"]) + 1)

    def test_says_what_to_do_when_it_looks_bad(self, panel: Panel) -> None:
        assert panel["description"].endswith(".")
        (link,) = panel["links"]
        page, _, section = link["url"].partition("#")
        assert page == RUNBOOK
        assert section in SECTIONS | {""}

    def test_has_a_unit_and_thresholds(self, panel: Panel) -> None:
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"]
        assert defaults["thresholds"]["steps"][0]["value"] is None


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )
