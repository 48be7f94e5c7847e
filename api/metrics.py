"""`GET /metrics`: for Prometheus, and for nobody else."""

from dataclasses import dataclass

from falcon import Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from api.http.operation import operation
from ostiary.errors import MetricsForbidden, NotFound
from ostiary.platform import metrics
from ostiary.watch.metrics_guard import MetricsGuard
from ostiary.watch.probe import HEADER
from ostiary.watch.scrape import Scrape

SECRET = {"X-Metrics-Secret": "What `METRICS_GUARD_SECRET` says, where the guard is `secret`"}


@dataclass(frozen=True)
class MetricsResource:
    guard: MetricsGuard
    scrape: Scrape

    @operation(
        "Read the metrics",
        headers=SECRET,
        answers={200: None},
        refuses=(MetricsForbidden, NotFound),
        produces="text/plain",
    )
    def on_get(self, req: Request, resp: Response) -> None:
        """404 unless `METRICS_ENABLED`."""
        secret, probe = _header(req, "X-Metrics-Secret"), _header(req, HEADER)
        self.guard.ensure_open(client=req.context.client, secret=secret, probe=probe)
        resp.content_type = CONTENT_TYPE_PLAIN_0_0_4
        resp.data = self.scrape.text()


def _header(req: Request, name: str) -> bytes:
    return (req.get_header(name) or "").encode("latin-1", "replace")


def observe(method: str, route: str, status: int, seconds: float) -> None:
    metrics.http_requests.add(method, route, str(status))
    metrics.http_request_seconds.observe(seconds)
