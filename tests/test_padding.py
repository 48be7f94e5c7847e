"""What is padded takes a whole slice of time, whatever is done in it and however it ends."""

import time

import pytest

from ostiary.errors import Refusal, Unavailable
from ostiary.platform.timing import SLICE_SECONDS, padded


def slices_of(work_seconds: float, refusal: Refusal | None = None) -> float:
    """At the least of several times: a busy machine only adds to it."""
    return min(_slices(work_seconds, refusal) for _ in range(5))


def _slices(work_seconds: float, refusal: Refusal | None) -> float:
    began = time.monotonic()
    try:
        with padded():
            time.sleep(work_seconds)
            if refusal:
                raise refusal
    except Refusal:
        pass
    return (time.monotonic() - began) / SLICE_SECONDS


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6])
def test_what_takes_less_than_a_slice_takes_one(share: float) -> None:
    assert 1 <= slices_of(share * SLICE_SECONDS) < 1.5


def test_what_takes_longer_takes_another() -> None:
    assert 2 <= slices_of(1.2 * SLICE_SECONDS) < 2.5


def test_a_refusal_takes_as_long() -> None:
    assert 1 <= slices_of(0.2 * SLICE_SECONDS, Unavailable()) < 1.5
