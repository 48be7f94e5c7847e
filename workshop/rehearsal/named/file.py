"""The file that names a stack: TOML, refused whole when any of it is wrong."""

import tomllib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, FilePath, ValidationError

from workshop.harness.errors import CannotStart
from workshop.rehearsal.door import Door
from workshop.rehearsal.drill import Drill
from workshop.rehearsal.post import DistantPost


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Commands(Strict):
    """Lines of sh."""

    inject: str | None = None
    undo: str | None = None


class StackFile(Strict):
    """`ostiary` is how that command is run where the processes run."""

    web: str = Field(pattern="^https?://[^/]")
    mailbox: str = Field(pattern="^https?://[^/]")
    ostiary: str
    ca_file: FilePath | None = None
    metrics_secret_file: Path | None = None
    command_seconds: float = Field(60, gt=0)
    faults: dict[str, Commands] = {}

    @cached_property
    def door(self) -> Door:
        return Door(self.web, self.ca_file)

    @cached_property
    def post(self) -> DistantPost:
        return DistantPost(Door(self.mailbox, self.ca_file))

    def lacking(self, drill: Drill) -> list[str]:
        """What it would have to say for this drill."""
        said = self.faults.get(drill.name, Commands())
        known: dict[str, Any] = said.model_dump() | {
            "metrics_secret_file": self.metrics_secret_file
        }
        return [_place(drill, need) for need in drill.needs if not known.get(need)]


def read_stack_file(path: Path, drills: list[str]) -> StackFile:
    """Raises CannotStart with everything that is wrong."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        found = StackFile.model_validate(said)
    except OSError as problem:
        raise CannotStart(f"{path}: {problem.strerror}") from None
    except ValidationError as problem:
        raise CannotStart("\n".join(_problems(path, problem))) from None
    except ValueError as problem:
        raise CannotStart(f"{path}: {problem}") from None
    if unknown := [name for name in found.faults if name not in drills]:
        raise CannotStart(f"{path}: faults.{unknown[0]}: there is no such drill")
    return found


def _problems(path: Path, problem: ValidationError) -> Iterator[str]:
    for each in problem.errors(include_input=False, include_url=False):
        place = ".".join(str(part) for part in each["loc"])
        yield f"{path}: {place}: {each['msg']}"


def _place(drill: Drill, need: str) -> str:
    return f"faults.{drill.name}.{need}" if need in Commands.model_fields else need
