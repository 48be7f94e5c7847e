"""The files of counts: one of each kind a process, and an archive of those that have ended."""

import fcntl
import os
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from prometheus_client import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

ARCHIVE = "archive"
PATIENCE_SECONDS = 0.3
GLANCE_SECONDS = 0.005

log = structlog.get_logger()


def collect(folder: Path) -> Iterable[Metric]:
    """What all processes have counted, dead ones too; a file that cannot be read is left out."""
    with _locked(folder, fcntl.LOCK_SH):
        try:
            readable = [str(path) for path in folder.glob("*.db") if _read(path) is not None]
            found: Iterable[Metric] = MultiProcessCollector.merge(readable)
        except Exception:
            log.exception("counts_not_read")
            return ()
    return found


def fold(folder: Path, *, living: Collection[int]) -> None:
    """Moves what others than the living counted to the archive; never raises, never waits long.

    What cannot be moved, because somebody reads it all the time, waits for the next to end.
    """
    with _locked(folder, fcntl.LOCK_EX) as is_ours:
        try:
            for kind, ended in _ended(folder, living).items() if is_ours else ():
                _fold(ended, folder / f"{kind}_{ARCHIVE}.db")
        except Exception:
            log.exception("counts_not_folded")


def running(folder: Path) -> set[int]:
    """Those who count here and have not ended, whoever started them."""
    owners = (path.stem.rpartition("_")[2] for path in folder.glob("*.db"))
    return {int(owner) for owner in owners if owner.isdigit() and _is_running(int(owner))}


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _ended(folder: Path, living: Collection[int]) -> dict[str, list[Path]]:
    ended: dict[str, list[Path]] = defaultdict(list)
    for path in folder.glob("*.db"):
        kind, _, owner = path.stem.rpartition("_")
        if owner.isdigit() and int(owner) not in living:
            ended[kind].append(path)
    return ended


def _fold(ended: list[Path], archive: Path) -> None:
    totals: dict[str, float] = defaultdict(float)
    for path in (archive, *ended):
        for key, value in (_read(path) or {}).items():
            totals[key] += value
    renewed = archive.with_suffix(".new")
    renewed.unlink(missing_ok=True)
    file = MmapedDict(str(renewed))
    for key, value in totals.items():
        file.write_value(key, value, 0.0)
    file.close()
    renewed.replace(archive)
    for path in ended:
        path.unlink()


def _read(path: Path) -> dict[str, float] | None:
    """None for what is cut short or garbage, which raises anything or goes round for ever."""
    values: dict[str, float] = {}
    last = 0
    try:
        for key, value, _, position in MmapedDict.read_all_values_from_file(str(path)):
            if position <= last:
                return None
            values[key], last = value, position
        MultiProcessCollector.merge([str(path)])
    except Exception:  # noqa: BLE001
        return None
    return values


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[bool]:
    """Whether it could be locked; a reader that stands still must not hold up the master."""
    try:
        file = (folder / "lock").open("w")
    except OSError:
        yield False
        return
    with file:
        try:
            yield _lock(file.fileno(), how)
        finally:
            # Closing would not do: a child forked meanwhile has the file open too.
            fcntl.flock(file, fcntl.LOCK_UN)


def _lock(handle: int, how: int) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
            return True
        except OSError:
            time.sleep(GLANCE_SECONDS)
    return False
