"""Reads the environment into settings, or says everything that is wrong with it at once."""

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from ostiary.platform.settings.environment import gather
from ostiary.platform.settings.requirements import unmet
from ostiary.platform.settings.timetable import ENTRIES
from ostiary.platform.settings.variables import VARIABLES, Settings

SCHEDULED: Final = {f"SCHEDULE_{entry}": entry for entry in ENTRIES}
KNOWN: Final = (*VARIABLES, "NODE_ENV", *SCHEDULED)


class BadSettings(ValueError):
    """Everything that is wrong, each problem with its variable's name and no secret's value."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def settings_or_exit(process: str | None = None) -> Settings:
    """The settings of this process; prints every problem and exits 78 where there is one."""
    try:
        return read_settings(os.environ, process=process)
    except BadSettings as bad:
        print(*bad.problems, sep="\n", file=sys.stderr)  # noqa: T201
        raise SystemExit(os.EX_CONFIG) from None


def read_settings(environ: Mapping[str, str], *, process: str | None = None) -> Settings:
    """Raises `BadSettings`; `process` names the one whose own requirements count: `flower`."""
    values, unreadable = gather(environ, KNOWN)
    values = {"APP_ENV": values.get("NODE_ENV", "development")} | values
    settings, invalid = _validate(values)
    problems = dict(unmet(values, process=process)) | _unknown(environ) | invalid | unreadable
    if settings is None or problems:
        raise BadSettings(tuple(f"{name} {problems[name]}" for name in sorted(problems)))
    return settings


def _validate(values: Mapping[str, str]) -> tuple[Settings | None, dict[str, str]]:
    changes = {entry: values[name] for name, entry in SCHEDULED.items() if name in values}
    try:
        return Settings.model_validate({**values, "SCHEDULE": ENTRIES | changes}), {}
    except ValidationError as error:
        return None, dict(_problems(error))


def _problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    for fault in error.errors(include_input=False, include_url=False):
        name = "_".join(str(part) for part in fault["loc"])
        if fault["type"] == "missing":
            yield name, "is required"
        elif fault["type"] == "setting":
            yield name, fault["msg"]


def _unknown(environ: Mapping[str, str]) -> dict[str, str]:
    """Only the schedule's names are ours alone, so only there a stranger is a mistake."""
    ours = {*SCHEDULED, *(f"{name}_FILE" for name in SCHEDULED)}
    return {
        name: f"is not known; there are {', '.join(SCHEDULED)}"
        for name, value in environ.items()
        if name.startswith("SCHEDULE_") and value and name not in ours
    }
