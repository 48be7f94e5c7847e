"""Postgres hands over a segment of its log until it is told that the archive has it."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.source_tree import HOUSE

FILE = HOUSE / "docs/ops/compose/archive.yml"
NAME = "000000010000000000000001"


def archive_command() -> str:
    words: list[str] = yaml.safe_load(FILE.read_text())["services"]["db"]["command"]
    (command,) = (each for each in words if each.startswith("-carchive_command="))
    return command.partition("=")[2]


def hand_over(segment: Path, archive: Path) -> bool:
    """As Postgres would, with the container's folders here."""
    line = archive_command().replace("%p", str(segment)).replace("%f", NAME)
    line = line.replace("/backup/wal", str(archive)).replace("/ops", f"{HOUSE}/docs/ops/postgres")
    return subprocess.run(["sh", "-c", line], check=False, capture_output=True).returncode == 0


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    (tmp_path / "segment").write_bytes(b"log" * 1000)
    return tmp_path / "segment"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "wal").mkdir()
    return tmp_path / "wal"


class TestASegment:
    def test_is_kept_under_its_name(self, segment: Path, archive: Path) -> None:
        assert hand_over(segment, archive)
        assert [each.name for each in archive.iterdir()] == [NAME]
        assert (archive / NAME).read_bytes() == segment.read_bytes()

    def test_may_be_handed_over_twice(self, segment: Path, archive: Path) -> None:
        """Postgres crashed before it noted the first time."""
        assert hand_over(segment, archive)
        assert hand_over(segment, archive)

    def test_replaces_no_other_of_its_name(self, segment: Path, archive: Path) -> None:
        (archive / NAME).write_text("another server's")
        assert not hand_over(segment, archive)
        assert (archive / NAME).read_text() == "another server's"

    def test_does_not_mind_half_a_copy(self, segment: Path, archive: Path) -> None:
        (archive / f"{NAME}.part").write_text("half")
        assert hand_over(segment, archive)
        assert [each.name for each in archive.iterdir()] == [NAME]
