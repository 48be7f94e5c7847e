"""Patience: an answer in time, from what knows no deadline of its own, as a look-up of a name."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def within(patience: timedelta, ask: Callable[[], T]) -> T:
    """Raise `TimeoutError` when the time is up; an answer that comes later is nobody's."""
    answer: Future[T] = Future()
    Thread(target=_answer, args=(answer, ask), daemon=True).start()
    return answer.result(patience.total_seconds())


def _answer(answer: Future[T], ask: Callable[[], T]) -> None:
    try:
        answer.set_result(ask())
    except Exception as error:  # noqa: BLE001
        answer.set_exception(error)
