"""compose.prod.yml as each of its containers would see it."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from ostiary.platform.settings.reading import KNOWN
from tests.source_tree import HOUSE

FILE = HOUSE / "compose.prod.yml"
OVERLAY = HOUSE / "docs/ops/compose/staging.yml"
SAID = {"PUBLIC_URL": "https://id.example.com", "CORS_ORIGINS": "https://app.example.com"}
SMTP_URL = "smtp://mailer:secret@mail.example.com:587"
SETTINGS = {*KNOWN, *(f"{name}_FILE" for name in KNOWN)}

Service = dict[str, Any]


def read_compose(file: Path) -> dict[str, Any]:
    """With what `.env` must say filled in, and nothing that it may say."""
    variable = re.compile(r"\$\{(\w+)(?::-([^}]*))?[^}]*\}")
    text = variable.sub(
        lambda found: SAID[found[1]] if found[2] is None else found[2], file.read_text()
    )
    whole: dict[str, Any] = yaml.safe_load(text)
    return whole


def laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """As compose puts several files together; no file says a list that another one says."""
    both = {name: (below[name], above[name]) for name in below.keys() & above.keys()}
    merged = {
        name: laid_over(*pair) if isinstance(pair[1], dict) else pair[1]
        for name, pair in both.items()
    }
    return below | above | merged


COMPOSE = read_compose(FILE)
STAGING = laid_over(COMPOSE, read_compose(OVERLAY))
SERVICES: dict[str, Service] = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if "APP_ENV" in each.get("environment", {})}


def make_secrets(folder: Path, smtp_url: str = SMTP_URL) -> None:
    """By the very script that operators run."""
    subprocess.run(
        ["sh", HOUSE / "docs/ops/compose/secrets.sh", folder],
        check=True,
        env={"PATH": os.defpath, "SMTP_URL": smtp_url},
    )


def environment(service: Service, secrets: Path) -> dict[str, str]:
    """With the files where the containers' secrets come from, as far as it is given them."""
    files = {name: Path(COMPOSE["secrets"][name]["file"]).name for name in service["secrets"]}
    return {
        name: re.sub(r"^/run/secrets/(\w+)$", lambda found: str(secrets / files[found[1]]), value)
        for name, value in service["environment"].items()
    }
