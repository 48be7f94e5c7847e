"""What is broken right now and how it is mended, on disk, for whoever comes after `kill -9`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from workshop.harness.errors import CannotStart
from workshop.harness.secret_files import write_secret
from workshop.rehearsal.named.commands import Shell

FOLDER = Path(".ostiary/drills")


@dataclass(frozen=True)
class Marker:
    """`undo` is a line of sh, to be run in the same folder as the drill."""

    PATH: ClassVar[Path] = FOLDER / "undo.json"

    drill: str
    stack: str
    undo: str
    seconds: float

    def leave(self) -> None:
        self.PATH.parent.mkdir(parents=True, exist_ok=True)
        write_secret(self.PATH, json.dumps(asdict(self), indent=1))

    @classmethod
    def find(cls) -> "Marker | None":
        """Raises CannotStart when it is damaged."""
        try:
            return cls(**json.loads(cls.PATH.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            raise CannotStart(f"{cls.PATH} is damaged: mend by hand, and remove it.") from None

    def mend(self) -> None:
        """Raises CannotStart, and stays, when what undoes it fails."""
        try:
            Shell(self.seconds).insist(f"undo of {self.drill}", self.undo)
        except CannotStart as problem:
            raise CannotStart(
                f"{problem}\n{self.stack} is still broken. `ostiary drill --undo` tries again;"
                f" after mending it by hand, remove {self.PATH}."
            ) from None
        self.PATH.unlink(missing_ok=True)
