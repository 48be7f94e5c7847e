"""How many cores this process may use."""

import math
import os
from pathlib import Path


def usable_cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """The cores this process may run on, or fewer where a container's quota (cgroup v2) says so."""
    return max(1, min(_cores(), _granted(quota)))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _granted(quota: Path) -> int:
    try:
        allowed, length = quota.read_text().split()
        return math.ceil(int(allowed) / int(length))
    except (OSError, ValueError, ZeroDivisionError):
        return _cores()
