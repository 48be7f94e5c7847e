"""The runbook has a section for every alert, names only what exists, and can be read as a page."""

import re
from urllib.parse import urljoin

import pytest

from ostiary.cli import COMMANDS
from ostiary.events import Event
from ostiary.watch.alerts.rules import RULES, Rule
from tests.source_tree import HOUSE, MODULES
from tests.toy_api import toy_api

API = toy_api()
TEXT = (HOUSE / "docs/runbook.md").read_text()
COMMAND = re.compile(r"(?:`|\$ )ostiary ([a-z]+)")
LOGGED = re.compile(r"Log(?: of [\w ]+)?: ([^.]*)\.")
PARTS = ["Symptom", "By itself", "Look at", "Do", "Over when"]
INCIDENTS = (
    "Postgres unavailable",
    "Redis unavailable",
    "Lockout surge",
    "Metrics guard denied",
    "Mail backlog",
    "Mail server unavailable",
    "Workers missing",
    "Beat stalled",
    "Watch stalled",
    "Queue growing",
    "Key leaked",
    "Restore from backup",
    "Restore to a moment",
    "Restore Redis",
)


def anchors() -> list[str]:
    return re.findall(r'<h2 id="([\w-]+)">', API.simulate_get("/docs/runbook").text)


def logged() -> set[str]:
    said = " ".join(LOGGED.findall(TEXT))
    return set(re.findall(r"`([a-z]+(?:_[a-z]+)+|task|request)`", said))


class TestThePage:
    def test_is_the_runbook(self) -> None:
        shown = API.simulate_get("/docs/runbook")
        assert shown.status_code == 200
        assert "<h1>Runbook</h1>" in shown.text

    def test_fetches_nothing_from_elsewhere(self) -> None:
        shown = API.simulate_get("/docs/runbook")
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
        assert "<script" not in shown.text
        assert not re.search(r"(src|href)=\"(https?:)?//", shown.text)

    def test_has_a_target_for_every_link(self) -> None:
        shown = API.simulate_get("/docs/runbook").text
        linked = re.findall(r'href="([^"]+)"', shown)
        elsewhere = [link for link in linked if link.startswith("../")]
        assert {link[1:] for link in linked if link.startswith("#")} == set(anchors())
        found = {API.simulate_get(urljoin("/docs/runbook", link)).status_code for link in elsewhere}
        assert found == {200}

    def test_is_linked_from_the_error_codes(self) -> None:
        assert 'href="../docs/runbook"' in API.simulate_get("/docs/errors").text


def test_the_timer_types_what_the_page_does() -> None:
    (command,) = re.findall(r"^ +17 3 \* \* \* root cd \S+ && (.+)$", TEXT, re.MULTILINE)
    assert f"  $ {command}\n" in TEXT


class TestASection:
    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
    def test_is_there_for_every_alert(self, rule: Rule) -> None:
        path, _, anchor = rule.runbook.partition("#")
        assert path == "/docs/runbook"
        assert anchors().count(anchor) == 1

    @pytest.mark.parametrize("section", re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:])
    def test_says_where_to_look_what_to_do_and_when_it_is_over(self, section: str) -> None:
        assert re.findall(r"^- \*\*(Look at|Do|Over when)\*\*", section, re.MULTILINE) == [
            "Look at",
            "Do",
            "Over when",
        ]

    def test_names_only_commands_that_exist(self) -> None:
        named = set(COMMAND.findall(TEXT))
        assert {"why", "lockouts", "migrate"} <= named <= set(COMMANDS)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_of_the_operators_page_explains_every_command(self, command: str) -> None:
        assert f"`ostiary {command}" in (HOUSE / "docs/operators.md").read_text()

    def test_names_only_lines_that_are_logged(self) -> None:
        said = {text for module in MODULES for text, _ in module.strings()}
        said |= {event.name() for event in Event.__subclasses__()}
        assert len(logged()) > 20
        assert logged() <= said

    @pytest.mark.parametrize("incident", INCIDENTS)
    def test_about_an_incident_says_how_it_looks_and_what_is_done_already(
        self, incident: str
    ) -> None:
        (section,) = re.findall(rf"^## {incident}\n(.*?)(?=^## )", TEXT, re.MULTILINE | re.DOTALL)
        assert re.findall(r"^- \*\*(.+?)\*\*", section, re.MULTILINE)[:5] == PARTS
