"""The mailbox of a stack as its API shows it; while it does not answer, nothing has arrived."""

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.parse import urlencode

from workshop.rehearsal.door import Door


class Letter(NamedTuple):
    id: str
    subject: str
    text: str
    links: list[str]


class Call(NamedTuple):
    id: str
    body: dict[str, Any]


@dataclass(frozen=True)
class DistantPost:
    door: Door

    def letters(self, *, to: str | None = None, after: str | None = None) -> list[Letter]:
        found = self._read("messages", to=to, after=after) or []
        return [Letter(*(each[name] for name in Letter._fields)) for each in found]

    def calls(self, *, after: str | None = None) -> list[Call]:
        return [Call(each["id"], each["body"]) for each in self._read("calls", after=after) or []]

    def answers(self) -> bool:
        return self._read("calls") is not None

    def _read(self, what: str, **query: str | None) -> list[dict[str, Any]] | None:
        asked = urlencode({name: value for name, value in query.items() if value})
        try:
            answered = self.door.ask("GET", f"/api/{what}?{asked}")
            found: list[dict[str, Any]] = json.loads(answered.raw)
        except (OSError, HTTPException, ValueError):
            return None
        return found if answered.status == 200 else None
