"""What Ostiary has published is written in published.json, so that every change of it is seen.

After a change that is meant: `.venv/bin/python -m tests.test_published`.
"""

import json
from collections.abc import Callable, Mapping
from pkgutil import iter_modules
from typing import Any

import pytest

from api.app import routes
from api.docs import documentation
from api.http.errors import status_of
from ostiary.cli import COMMANDS
from ostiary.platform import migrations
from ostiary.platform.metrics import METRICS
from ostiary.platform.settings import Settings, read_settings
from ostiary.platform.settings.timetable import ENTRIES
from ostiary.platform.settings.variables import VARIABLES
from ostiary.reactions import REACTIONS
from ostiary.services import open_services
from ostiary.watch.queues import QUEUES
from tasks.app import app
from tests.source_tree import HOUSE, every_fault_code, every_refusal
from workers.timetable import TIMETABLE

SNAPSHOT = HOUSE / "tests/published.json"
ENVIRONMENT = {
    "DATABASE_URL": "postgresql://ostiary:ostiary@127.0.0.1:1/ostiary",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEYS": "x" * 32,
}


def every_route() -> dict[str, str]:
    settings = read_settings(ENVIRONMENT)
    ours = routes(open_services(settings, nudge=lambda *_: None))
    return {path: _methods(resource) for path, resource in ours + documentation(ours, settings)}


def every_code() -> dict[str, str]:
    statuses: dict[str, set[int]] = {}
    for refusal in every_refusal():
        statuses.setdefault(refusal.code, set()).add(status_of(refusal))
    return {code: " ".join(map(str, sorted(found))) for code, found in statuses.items()}


def every_fault() -> list[str]:
    return sorted(every_fault_code())


def every_task() -> dict[str, str]:
    app.loader.import_default_modules()
    ours = (name for name in app.tasks if name.startswith("tasks."))
    return {name: app.amqp.router.route({}, name)["queue"].name for name in ours}


def every_reaction() -> dict[str, list[str]]:
    return {event.name(): list(tasks) for event, tasks in REACTIONS.items()}


def every_entry() -> dict[str, str]:
    return {name: f"{ENTRIES[name]} {TIMETABLE.get(name, '')}".strip() for name in ENTRIES}


def every_setting() -> dict[str, str]:
    fields = {str(each.validation_alias): each for each in Settings.model_fields.values()}
    return {name: _default(fields[name]) for name in VARIABLES}


def every_migration() -> list[str]:
    return [each.name for each in iter_modules(migrations.__path__) if each.name[0].isdigit()]


def every_metric() -> dict[str, str]:
    return {each.name: " ".join(each.labels) for each in METRICS}


PUBLISHED: Mapping[str, Callable[[], Any]] = {
    "routes": every_route,
    "codes": every_code,
    "codes of faults": every_fault,
    "tasks and their queues": every_task,
    "queues": lambda: sorted(QUEUES),
    "reactions": every_reaction,
    "timetable": every_entry,
    "settings and their defaults": every_setting,
    "migrations": every_migration,
    "commands": lambda: sorted(COMMANDS),
    "metrics and their labels": every_metric,
}


@pytest.mark.parametrize("what", PUBLISHED)
def test_nothing_is_published_or_withdrawn_unseen(what: str) -> None:
    assert PUBLISHED[what]() == json.loads(SNAPSHOT.read_text())[what]


def _methods(resource: object) -> str:
    return " ".join(name[3:].upper() for name in dir(resource) if name.startswith("on_"))


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    if field.default_factory:
        return "derived"
    return field.default if isinstance(field.default, str) else ""


if __name__ == "__main__":
    published = {what: look() for what, look in PUBLISHED.items()}
    SNAPSHOT.write_text(json.dumps(published, indent=2, sort_keys=True) + "\n")
