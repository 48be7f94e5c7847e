"""What is wrong with the alerts, and what helps."""

from ostiary.doctor.finding import Advice

ALERTS = (
    Advice(
        "alert_unacknowledged",
        "warning",
        "An alert has been firing for long, and nobody has acknowledged it.",
        "Follow its section of the runbook, and acknowledge it as an administrator.",
        command="ostiary alerts --firing",
    ),
    Advice(
        "alerts_go_nowhere",
        "warning",
        "Only the log is told of alerts.",
        "Set ALERT_EMAILS or ALERT_WEBHOOK_URL, then test them.",
        command="ostiary alerts test",
    ),
    Advice(
        "alerts_by_mail_alone",
        "notice",
        "The alert about the mail server would wait for the mail server.",
        "Set ALERT_WEBHOOK_URL besides.",
    ),
    Advice(
        "alert_webhook_not_https",
        "warning",
        "Alerts travel in the clear.",
        "Set ALERT_WEBHOOK_URL to an https:// address.",
    ),
)
