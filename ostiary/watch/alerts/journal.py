"""The log, a channel that is always there."""

import structlog

from ostiary.watch.alerts.alert import Notice

log = structlog.get_logger()


def log_notice(notice: Notice) -> None:
    alert = notice.subject
    say = log.info if notice.kind == "resolved" else log.warning
    say(
        f"alert_{notice.kind}",
        alert_id=alert.id,
        rule=alert.rule,
        severity=alert.severity,
        summary=alert.summary,
        fired_at=alert.fired_at,
    )
