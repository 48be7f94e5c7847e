"""`/v1/admin/alerts`: what is wrong, what was, and who knows of it."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from falcon import Request, Response

from api.http.operation import operation
from api.http.paging import Paging, page
from api.http.schemas import Answer, Moment, answer
from ostiary.errors import NotFound, Unavailable
from ostiary.watch.alerts.alerts import Alerts

State = Literal["firing", "resolved"]


class Alert(Answer):
    id: UUID
    rule: str
    state: State
    severity: Literal["critical", "warning"]
    summary: str
    fired_at: Moment
    resolved_at: Moment | None
    acknowledged_by: UUID | None


class AlertPage(Answer):
    items: list[Alert]
    next_cursor: str | None


class Filter(Paging):
    state: State | None = None


@dataclass(frozen=True)
class AdminAlertsResource:
    alerts: Alerts

    @operation(
        "List alerts",
        query=Filter,
        answers={200: AlertPage},
        refuses=(Unavailable,),
        role="admin",
    )
    def on_get(self, req: Request, resp: Response, query: Filter) -> None:
        """The newest first; at most one of a rule is firing."""
        found = self.alerts.newest(state=query.state, before=query.cursor, limit=query.limit + 1)
        answer(resp, 200, AlertPage.model_validate(page(found, query.limit)))


@dataclass(frozen=True)
class AlertAcknowledgementResource:
    alerts: Alerts

    @operation(
        "Acknowledge an alert",
        answers={200: Alert},
        refuses=(NotFound, Unavailable),
        role="admin",
    )
    def on_post(self, req: Request, resp: Response, alert_id: UUID) -> None:
        """Ends its hourly repetition; `acknowledged_by` stays whoever was first."""
        alert = self.alerts.acknowledge(alert_id, by=req.context.caller.account_id)
        answer(resp, 200, Alert.model_validate(alert))
