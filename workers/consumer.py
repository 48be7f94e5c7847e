"""The part of a worker that takes messages; it tells Flower of them a few times a second."""

import time
from datetime import timedelta
from typing import Any

from celery.worker import consumer

# Celery would tell of each step of a task by itself, which costs as much as to take its message.
FLOWER_LEARNS_WITHIN = timedelta(milliseconds=250)


class Consumer(consumer.Consumer):
    hub: Any
    _flush_events: Any
    _tells_at = float("-inf")

    def on_send_event_buffered(self) -> Any:
        """Again after that moment, whatever became of the timer: a lost connection may end it."""
        seconds, now = FLOWER_LEARNS_WITHIN.total_seconds(), time.monotonic()
        if now > self._tells_at:
            self._tells_at = now + seconds
            self.hub.call_later(seconds, self._flush_events)
