"""Where a drill may be run: never beside production, and beside staging only if it is named."""

from collections.abc import Mapping
from pathlib import Path

PRODUCTION = "APP_ENV is production, and drills break things. Run them elsewhere."
STAGING = (
    "APP_ENV is staging, and a drill would not touch it: drills run on a stack of their own. Name"
    " staging with --on FILE, or run it with APP_ENV=development."
)


def refusal(environ: Mapping[str, str], *, on_named: bool = False) -> str | None:
    """Why not here; None where it may be run."""
    app_env = _app_env(environ).strip().lower()
    if app_env == "production":
        return PRODUCTION
    return STAGING if app_env == "staging" and not on_named else None


def _app_env(environ: Mapping[str, str]) -> str:
    if written := environ.get("APP_ENV_FILE"):
        return Path(written).read_text(encoding="utf-8")
    return environ.get("APP_ENV") or environ.get("NODE_ENV") or "development"
