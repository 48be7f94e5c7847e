"""The calls of the alerts' webhook, kept beside the letters."""

import json
from collections import deque
from itertools import takewhile
from typing import Any, NamedTuple

from ostiary.platform.identifiers import new_id

# Each alert calls a few times at most.
MOST_CALLS = 100


class Call(NamedTuple):
    """`webhook_id` is the same when a call is made again, `id` is not."""

    id: str
    webhook_id: str
    body: dict[str, Any]


class Calls:
    """Keeps the newest hundred, whoever signed them."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=MOST_CALLS)

    def take(self, webhook_id: str, content: bytes) -> bool:
        """False where it is no call of a webhook."""
        try:
            body = json.loads(content)
        except ValueError:
            return False
        if not isinstance(body, dict):
            return False
        self._calls.appendleft(Call(str(new_id()), webhook_id, body))
        return True

    def calls(self, *, after: str | None = None) -> list[Call]:
        """Newest first; those after one, if it is known."""
        return list(takewhile(lambda each: each.id != after, list(self._calls)))
