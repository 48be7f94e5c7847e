"""Where a drill may be run: never beside production, and not in the name of staging."""

from collections.abc import Mapping
from pathlib import Path

REFUSALS = {
    "production": "APP_ENV is production, and drills break things. Run them elsewhere.",
    "staging": "APP_ENV is staging, and a drill would not touch it: drills run on a stack of"
    " their own. Run it with APP_ENV=development.",
}


def refusal(environ: Mapping[str, str]) -> str | None:
    """Why not here; None where it may be run."""
    return REFUSALS.get(_app_env(environ).strip().lower())


def _app_env(environ: Mapping[str, str]) -> str:
    if written := environ.get("APP_ENV_FILE"):
        return Path(written).read_text(encoding="utf-8")
    return environ.get("APP_ENV") or environ.get("NODE_ENV") or "development"
