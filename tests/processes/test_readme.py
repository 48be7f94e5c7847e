"""The walk in the README works line by line, and answers what the README says."""

import re
import subprocess

import pytest

from tests.processes.stage import ROOT, Stage

USUAL_API, USUAL_MAILBOX = "http://localhost:3000", "http://localhost:8025"


def read_walk() -> list[tuple[str, str]]:
    """Each command with the output that is printed below it."""
    walk = (ROOT / "README.md").read_text().split("## A first walk")[1]
    block = re.search(r"```console\n(.*?)```", walk, re.DOTALL)
    assert block
    entries = re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]
    return [
        (command, output.strip())
        for command, _, output in (entry.partition("\n") for entry in entries)
    ]


@pytest.fixture
def spoken(stage: Stage) -> list[str]:
    """What each command of the walk prints, in one shell."""
    script = "".join(f"{command}\necho '--end--'\n" for command, _ in read_walk())
    script = script.replace(USUAL_API, stage.url).replace(USUAL_MAILBOX, stage.mailbox.url)
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return [part.strip() for part in ran.stdout.split("--end--")[:-1]]


def test_the_walk_answers_as_written(stage: Stage, spoken: list[str]) -> None:
    for (command, expected), answered in zip(read_walk(), spoken, strict=True):
        known = expected.replace(USUAL_API, stage.url).split("…")
        pattern = ".+".join(re.escape(part) for part in known)
        assert re.fullmatch(pattern, answered), command
