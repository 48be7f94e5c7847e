"""Whether everything is up, as the web process sees it."""

import json
import urllib.error
import urllib.request
from typing import Any

AWAITED = ("postgres", "migrations", "redis", "workers", "beat", "watch")


def missing(port: int) -> list[str]:
    """What is not up yet; mail is not waited for."""
    checks = _ask(port)
    if checks is None:
        return ["web"]
    return [name for name in AWAITED if checks.get(name, {}).get("status") != "up"]


def _ask(port: int) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2) as answer:
            return _checks(answer.read())
    except urllib.error.HTTPError as refusal:
        return _checks(refusal.read())
    except (OSError, ValueError):
        return None


def _checks(body: bytes) -> dict[str, Any] | None:
    try:
        checks: dict[str, Any] = json.loads(body)["checks"]
    except (ValueError, TypeError, KeyError):
        return None
    return checks
