"""`GET /ready`: whether logging in is possible, and what else is wrong."""

from dataclasses import dataclass
from typing import Literal

from falcon import Request, Response

from api.http.operation import operation
from api.http.schemas import Answer, Moment, answer
from ostiary.platform.drill_permit import HEADER
from ostiary.watch.readiness import Readiness

RETRY_AFTER_SECONDS = 2


class Check(Answer):
    status: Literal["up", "down", "stale"]
    since: Moment | None


class Report(Answer):
    status: Literal["ready", "degraded", "unavailable"]
    checks: dict[str, Check]


@dataclass(frozen=True)
class ReadyResource:
    readiness: Readiness

    @operation("Tell what is up and what is down", answers={200: Report, 503: Report})
    def on_get(self, _req: Request, resp: Response) -> None:
        """503 only while nobody can log in; the body is the same, not a problem."""
        report = Report.model_validate(self.readiness.report())
        answer(resp, 503 if report.status == "unavailable" else 200, report)
        if report.status == "unavailable":
            resp.set_header("Retry-After", str(RETRY_AFTER_SECONDS))
        if self.readiness.drill_permit:
            resp.set_header(HEADER, self.readiness.drill_permit)
