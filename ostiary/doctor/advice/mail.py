"""What is wrong with letters and the mail server, and what helps."""

from ostiary.doctor.finding import Advice

MAIL = (
    Advice(
        "smtp_unreachable",
        "critical",
        "The mail server takes no letters from us: they wait.",
        "Repair what the evidence names, then restart web, workers and watchdog if a setting"
        " changed.",
        section="mail-server-unavailable",
    ),
    Advice(
        "smtp_password_in_the_clear",
        "critical",
        "The password of the mail server travels in the clear.",
        "Use smtps://, or ?starttls=require, in SMTP_URL.",
    ),
    Advice(
        "smtp_unset",
        "warning",
        "There is no mail server: no address can be proven, no password recovered.",
        "Set SMTP_URL.",
        section="mail-server-unavailable",
    ),
    Advice(
        "smtp_tls_optional",
        "warning",
        "Somebody between us and the mail server can read letters, and use their links.",
        "Use smtps://, or ?starttls=require, in SMTP_URL.",
    ),
    Advice(
        "smtp_certificate_ends",
        "warning",
        "The mail server's certificate ends soon; after that no letter goes out.",
        "Renew it, or tell whoever runs the mail server.",
    ),
    Advice(
        "smtp_slow",
        "warning",
        "The mail server takes long to let us in.",
        "Ask whoever runs it; workers are busy with waiting meanwhile.",
    ),
    Advice(
        "letters_waiting",
        "warning",
        "A letter has waited for longer than ALERT_MAIL_AGE_MINUTES.",
        "Repair the mail server if it is down, then look at what holds up the oldest.",
        command="ostiary mail list --status queued",
        section="mail-backlog",
    ),
    Advice(
        "letters_failing",
        "warning",
        "Many letters were refused for good, or expired, within the last hour.",
        "Look at what the servers said, and at SPF, DKIM and DMARC of the sender's domain.",
        command="ostiary mail list --status failed",
        section="letters-failing",
    ),
    Advice(
        "channel_paused",
        "warning",
        "A channel has failed, and is being tried again at intervals.",
        "Repair what the evidence names; what waits goes out by itself then.",
        section="mail-server-unavailable",
    ),
)
