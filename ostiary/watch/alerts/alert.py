"""An alert, and the notices that tell of it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID, uuid5

Severity = Literal["critical", "warning"]
State = Literal["firing", "resolved"]
Kind = Literal["firing", "resolved", "test"]


@dataclass(frozen=True)
class Alert:
    """`announced_at`: when it was last said that it fires; `firings_lately`: of its rule."""

    id: UUID
    rule: str
    severity: Severity
    summary: str
    fired_at: datetime
    announced_at: datetime
    resolved_at: datetime | None = None
    acknowledged_by: UUID | None = None
    firings_lately: int = 1

    @property
    def state(self) -> State:
        return "resolved" if self.resolved_at else "firing"

    def as_document(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "rule": self.rule,
            "state": self.state,
            "severity": self.severity,
            "summary": self.summary,
            "fired_at": self.fired_at.astimezone(UTC),
            "resolved_at": self.resolved_at and self.resolved_at.astimezone(UTC),
            "acknowledged_by": self.acknowledged_by and str(self.acknowledged_by),
        }


@dataclass(frozen=True)
class Notice:
    """Says of an alert what was true at a moment, however late it arrives."""

    alert: Alert
    kind: Kind
    at: datetime

    @property
    def id(self) -> UUID:
        """The same whoever sends it, and however often."""
        return uuid5(self.alert.id, f"{self.kind} {self.at.astimezone(UTC).isoformat()}")

    @property
    def subject(self) -> Alert:
        """The alert as it was then."""
        resolved_at = self.at if self.kind == "resolved" else None
        return replace(self.alert, resolved_at=resolved_at)
