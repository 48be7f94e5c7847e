"""A worker tells Flower of many steps of tasks at once, and of each a moment later at most."""

import time
from types import SimpleNamespace

import pytest
from celery import Celery
from kombu.asynchronous import Hub

from workers.consumer import FLOWER_LEARNS_WITHIN, Consumer


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def consumer(hub: Hub) -> Consumer:
    """Of a worker that has not begun."""
    worker = SimpleNamespace(use_eventloop=True)
    return Consumer(lambda _: None, app=Celery(broker="memory://"), controller=worker, hub=hub)


def waiting(hub: Hub) -> int:
    return len(hub.timer)


def test_many_steps_are_told_at_once(consumer: Consumer, hub: Hub) -> None:
    for _ in range(50):
        consumer.on_send_event_buffered()
    assert waiting(hub) == 1


def test_later_ones_are_told_although_the_timer_was_lost(consumer: Consumer, hub: Hub) -> None:
    consumer.on_send_event_buffered()
    hub.timer.clear()
    time.sleep(FLOWER_LEARNS_WITHIN.total_seconds())
    consumer.on_send_event_buffered()
    assert waiting(hub) == 1
