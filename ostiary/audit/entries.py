"""An entry of the audit: one fact, who made it true, and from where."""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


class Entry(NamedTuple):
    """`actor_id` is None where no account acted: a stranger, the command line, the house itself."""

    id: UUID
    at: datetime
    event: str
    account_id: UUID | None
    actor_id: UUID | None
    ip: str | None
    request_id: str | None
    detail: dict[str, Any]

    def canonical(self) -> bytes:
        """The same bytes before and after Postgres, and for a forger's nonsense none."""
        try:
            in_utc = self._replace(at=self.at.astimezone(UTC))
            return orjson.dumps(in_utc._asdict(), option=CANONICAL)
        except (TypeError, OverflowError):
            return b""


COLUMNS = ", ".join(f"audit.{name}" for name in Entry._fields)
