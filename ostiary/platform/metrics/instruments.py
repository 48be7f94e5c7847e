"""The kinds of metrics there are: what only grows, what takes time, and what is read."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import NamedTuple

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    values,
)
from prometheus_client.core import GaugeMetricFamily

from ostiary.errors import Refusal
from ostiary.platform.tallies.folder import find_folder

log = structlog.get_logger()

registry = CollectorRegistry()
disable_created_metrics()
if find_folder():
    # Celery's plugins import prometheus_client before anybody can name a folder.
    values.ValueClass = values.MultiProcessValue()

# Whoever is forked while another thread counts must not find the counters locked for good.
_counting = Lock()
os.register_at_fork(
    before=_counting.acquire,
    after_in_parent=_counting.release,
    after_in_child=_counting.release,
)


class Tally:
    """Only grows. Counting never raises, for no answer depends on it."""

    def __init__(self, name: str, meaning: str, *labels: str, known: Iterable[str] = ()) -> None:
        """A label whose values are `known` is there, at zero, from the beginning."""
        self.name, self.meaning, self.labels = name, meaning, labels
        self._counter = Counter(name, meaning, labels, registry=registry)
        # Prometheus' client checks and locks before it finds one that it has.
        self._labelled = cache(self._counter.labels)
        for value in known:
            self._labelled(value)

    def add(self, *labels: str) -> None:
        try:
            with _counting:
                (self._labelled(*labels) if labels else self._counter).inc()
        except Exception:
            log.exception("not_counted", metric=self.name)

    @contextmanager
    def by_outcome(self) -> Iterator[None]:
        """Adds to the code of the refusal that ends the block, or to `succeeded`."""
        try:
            yield
        except Refusal as refusal:
            self.add(refusal.code)
            raise
        self.add("succeeded")


class Durations:
    """How long something takes. Observing never raises either."""

    def __init__(self, name: str, meaning: str, *labels: str, upto: tuple[float, ...]) -> None:
        self.name, self.meaning, self.labels = name, meaning, labels
        self._histogram = Histogram(name, meaning, labels, buckets=upto, registry=registry)

    def observe(self, seconds: float, *labels: str) -> None:
        try:
            with _counting:
                (self._histogram.labels(*labels) if labels else self._histogram).observe(seconds)
        except Exception:
            log.exception("not_counted", metric=self.name)


class Gauge(NamedTuple):
    """Kept by nobody: it is read when somebody asks."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()

    def at(self, value: float) -> GaugeMetricFamily:
        return GaugeMetricFamily(self.name, self.meaning, value=value)

    def by(self, values: Mapping[str, float]) -> GaugeMetricFamily:
        family = GaugeMetricFamily(self.name, self.meaning, labels=self.labels)
        for label, value in values.items():
            family.add_metric([label], value)
        return family
