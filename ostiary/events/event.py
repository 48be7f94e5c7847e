"""What a fact is: a name, ids and times, and who made it true."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    # Whether it leaves an entry in the audit.
    audited: ClassVar[bool] = True
    # Whether a secret of the account's owner made it true: a password, or the link of a letter.
    by_owner: ClassVar[bool] = False

    @classmethod
    @cache
    def name(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def facts(self) -> dict[str, Any]:
        return {**vars(self)}


@dataclass(frozen=True, kw_only=True)
class Promising(Event):
    """A fact whose reactions are worth nothing after `keep_until`."""

    keep_until: datetime

    @property
    def line(self) -> str | None:
        """The one of a channel's lines that it goes out by, where each fails for itself."""
        return None


def audited() -> list[str]:
    """The names of the facts that leave an entry in the audit, in alphabetical order."""
    return sorted(kind.name() for kind in _ours(Event) if kind.audited)


def _ours(kind: type[Event]) -> Iterator[type[Event]]:
    """Those that are facts, and none that a test made up."""
    for narrower in kind.__subclasses__():
        yield from _ours(narrower)
        if narrower is not Promising and narrower.__module__.startswith("ostiary."):
            yield narrower
