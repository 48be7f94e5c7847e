"""What a fact is: a name, and ids and times."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Event:
    @classmethod
    def name(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def facts(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Promising(Event):
    """A fact whose reactions are worth nothing after `keep_until`."""

    keep_until: datetime

    @property
    def line(self) -> str | None:
        """The one of a channel's lines that it goes out by, where each fails for itself."""
        return None
