"""Every metric of Ostiary, named once, with labels from closed sets."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily

from ostiary.errors import Refusal

log = structlog.get_logger()

# Where an answer should be quick, where Redis, and where Postgres may at most keep it waiting.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10)
LOGIN_OUTCOMES = (
    "succeeded",
    "invalid_credentials",
    "email_not_verified",
    "account_disabled",
    "login_locked",
    "rate_limited",
    "overloaded",
    "unavailable",
)
POLICIES = ("login", "register", "refresh", "token", "mail")
GUARDS = ("secret", "cidr")

registry = CollectorRegistry()
disable_created_metrics()


class Tally:
    """Only grows. Counting never raises, for no answer depends on it."""

    def __init__(self, name: str, meaning: str, *labels: str, known: Iterable[str] = ()) -> None:
        """A label whose values are `known` is there, at zero, from the beginning."""
        self.name, self.meaning, self.labels = name, meaning, labels
        self._counter = Counter(name, meaning, labels, registry=registry)
        for value in known:
            self._counter.labels(value)

    def add(self, *labels: str) -> None:
        try:
            (self._counter.labels(*labels) if labels else self._counter).inc()
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

    labels = ()

    def __init__(self, name: str, meaning: str) -> None:
        self.name, self.meaning = name, meaning
        self._histogram = Histogram(name, meaning, buckets=SECONDS, registry=registry)

    def observe(self, seconds: float) -> None:
        try:
            self._histogram.observe(seconds)
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


http_requests = Tally(
    "ostiary_http_requests_total", "Requests answered.", "method", "route", "status"
)
http_request_seconds = Durations(
    "ostiary_http_request_seconds", "From the whole request to the answer."
)
logins = Tally("ostiary_logins_total", "Logins by their end.", "outcome", known=LOGIN_OUTCOMES)
lockouts_started = Tally("ostiary_lockouts_started_total", "Addresses and devices locked.")
rate_limited = Tally(
    "ostiary_rate_limited_total", "Requests and letters over a limit.", "policy", known=POLICIES
)
refresh_reuse = Tally(
    "ostiary_refresh_reuse_total", "Sessions ended because a refresh token came back."
)
metrics_guard_denied = Tally(
    "ostiary_metrics_guard_denied_total", "Scrapes refused.", "guard", known=GUARDS
)

lockouts_active = Gauge("ostiary_lockouts_active", "Locks in force.")
messages_waiting = Gauge("ostiary_messages_waiting", "Letters promised and not yet sent.")
messages_oldest = Gauge("ostiary_messages_oldest_seconds", "The age of the oldest of them, or 0.")
ready = Gauge("ostiary_ready", "1 where the check is up.", ("check",))
protection_mode = Gauge("ostiary_protection_mode", "1 for what counts the limits.", ("mode",))

METRICS = (
    http_requests,
    http_request_seconds,
    logins,
    lockouts_started,
    rate_limited,
    refresh_reuse,
    metrics_guard_denied,
    lockouts_active,
    messages_waiting,
    messages_oldest,
    ready,
    protection_mode,
)
