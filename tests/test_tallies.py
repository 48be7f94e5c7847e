"""What many processes count together survives each of them, and no file can spoil it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from ostiary.platform.tallies import folder as folders
from ostiary.platform.tallies.files import collect, fold, running

SLOW_READER = """
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_SH)
print(flush=True)
time.sleep(60)
"""
KEY = mmap_key("toy", "toy_total", [], [], "Toys.")
GARBAGE = {
    "empty": b"",
    "short": b"\x01",
    "cut": (4096).to_bytes(4, "little") + bytes(20),
    "huge": b"\xff\xff\xff\x7f" + b"x" * 100,
    "noise": bytes(range(256)) * 20,
    "endless": (64).to_bytes(4, "little")
    + bytes(4)
    + (-28).to_bytes(4, "little", signed=True)
    + bytes(80),
}


def count(folder: Path, owner: str, value: float) -> None:
    file = MmapedDict(str(folder / f"counter_{owner}.db"))
    file.write_value(KEY, value, 0.0)
    file.close()


def total(folder: Path) -> float:
    return sum(sample.value for metric in collect(folder) for sample in metric.samples)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.db")}


class TestAProcessThatEnds:
    def test_leaves_its_counts(self, tmp_path: Path) -> None:
        for pid in (1, 2, 3):
            count(tmp_path, str(pid), pid)
        fold(tmp_path, living={3})
        assert total(tmp_path) == 6

    def test_leaves_no_file(self, tmp_path: Path) -> None:
        for pid in range(1, 20):
            count(tmp_path, str(pid), 1)
            fold(tmp_path, living=set())
        assert files(tmp_path) == {"counter_archive.db"}
        assert total(tmp_path) == 19

    def test_is_known_by_its_number(self, tmp_path: Path) -> None:
        ended = subprocess.Popen(["true"])
        ended.wait()
        for pid in (os.getpid(), ended.pid):
            count(tmp_path, str(pid), 1)
        (tmp_path / "counter_99999999999999999999999.db").touch()
        assert ended.pid not in running(tmp_path)
        assert os.getpid() in running(tmp_path)

    def test_waits_for_those_who_read(self, tmp_path: Path) -> None:
        count(tmp_path, "1", 1)
        reader = subprocess.Popen(
            [sys.executable, "-c", SLOW_READER, str(tmp_path / "lock")],
            stdout=subprocess.PIPE,
        )
        assert reader.stdout
        reader.stdout.readline()
        began = time.monotonic()
        fold(tmp_path, living=set())
        assert time.monotonic() - began < 10
        assert files(tmp_path) == {"counter_1.db"}
        reader.kill()
        reader.communicate()
        fold(tmp_path, living=set())
        assert total(tmp_path) == 1


@pytest.mark.parametrize("kind", GARBAGE)
class TestAFileThatCannotBeRead:
    def test_is_left_out(self, tmp_path: Path, kind: str) -> None:
        count(tmp_path, "1", 1)
        for name in ("counter_2.db", "histogram_2.db", "nonsense.db", "counter_archive.db"):
            (tmp_path / name).write_bytes(GARBAGE[kind])
        assert total(tmp_path) == 1

    def test_spoils_no_archive(self, tmp_path: Path, kind: str) -> None:
        count(tmp_path, "1", 1)
        for name in ("counter_2.db", "counter_archive.db"):
            (tmp_path / name).write_bytes(GARBAGE[kind])
        fold(tmp_path, living=set())
        assert total(tmp_path) == 1


def test_a_folder_that_is_gone_is_no_reason_to_fail(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    fold(gone, living=set())
    assert total(gone) == 0


class TestTheFolder:
    @pytest.fixture
    def elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        monkeypatch.setenv(folders.VARIABLE, "")
        yield tmp_path
        monkeypatch.undo()

    def test_is_private(self, elsewhere: Path) -> None:
        opened = folders.open_folder()
        assert opened.stat().st_mode & 0o777 == 0o700
        assert folders.find_folder() == opened

    def test_of_a_master_that_was_killed_is_swept(self, elsewhere: Path) -> None:
        stale = elsewhere / f"{folders.PREFIX}stale"
        stale.mkdir()
        (stale / "counter_1.db").touch()
        folders.open_folder()
        assert not stale.exists()

    def test_of_a_master_that_lives_is_not(self, elsewhere: Path) -> None:
        first = folders.open_folder()
        (first / "counter_1.db").touch()
        folders.open_folder()
        assert first.exists()

    def test_is_not_swept_through_a_link(self, elsewhere: Path, tmp_path: Path) -> None:
        precious = tmp_path / "precious"
        precious.mkdir()
        (precious / "file").touch()
        (elsewhere / f"{folders.PREFIX}link").symlink_to(precious)
        folders.open_folder()
        assert (precious / "file").exists()
