"""What a worker is told: which task, about which promises, and who asked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ostiary.courier.outbox import MOST_AT_ONCE


@dataclass(frozen=True)
class Message:
    """`expires` is in seconds."""

    task: str
    args: tuple[str, ...]
    expires: float | None
    headers: dict[str, str]

    def has_room_for(self, other: "Message") -> bool:
        room = MOST_AT_ONCE - len(self.args)
        return self.expires is other.expires is None and len(other.args) <= room


def merge(messages: Iterable[Message]) -> list[Message]:
    """Promises of the same task in one message, which then names no request: their rows do."""
    merged: list[Message] = []
    latest: dict[str, int] = {}
    for message in messages:
        at = latest.get(message.task)
        if at is not None and merged[at].has_room_for(message):
            merged[at] = replace(merged[at], args=merged[at].args + message.args, headers={})
        else:
            latest[message.task] = len(merged)
            merged.append(message)
    return merged
