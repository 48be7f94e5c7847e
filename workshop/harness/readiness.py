"""Whether everything is up, as the web process sees it."""

import json
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Any

from workshop.harness.ports import LOOPBACK

AWAITED = ("postgres", "migrations", "redis", "workers", "beat", "watch")


def missing(port: int) -> list[str]:
    """What is not up yet; mail is not waited for."""
    checks = _ask(port)
    if checks is None:
        return ["web"]
    return [name for name in AWAITED if checks.get(name, {}).get("status") != "up"]


def _ask(port: int) -> dict[str, Any] | None:
    with closing(HTTPConnection(LOOPBACK, port, timeout=2)) as connection:
        try:
            connection.request("GET", "/ready")
            checks: dict[str, Any] = json.loads(connection.getresponse().read())["checks"]
        except (OSError, HTTPException, ValueError, TypeError, KeyError):
            return None
        return checks
