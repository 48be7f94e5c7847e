"""A private folder for the counts of one master's processes, swept when all of them are gone.

Nothing here imports prometheus_client, which looks for the folder when it is first imported.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
PREFIX = "ostiary-metrics-"


def open_folder() -> Path:
    """Empty, and named in the environment for the children to come."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # Held by this process and its children until the last of them has ended.
    fcntl.flock(_handle(folder), fcntl.LOCK_EX)
    os.environ[VARIABLE] = str(folder)
    return folder


def find_folder() -> Path | None:
    """None where each process counts for itself."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def ensure_there(folder: Path) -> None:
    """Whatever tidies the machine's temporary files may have taken it."""
    folder.mkdir(mode=0o700, exist_ok=True)


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_abandoned(folder):
            remove_folder(folder)


def _is_abandoned(folder: Path) -> bool:
    """An empty one may be about to be locked."""
    try:
        handle = _handle(folder)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(handle).st_uid == os.geteuid() and any(folder.iterdir())
    except OSError:
        return False
    finally:
        os.close(handle)


def _handle(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
