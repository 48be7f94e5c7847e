"""Every metric of Ostiary, named once, with labels from closed sets."""

from ostiary.platform.metrics.instruments import Durations, Gauge, Tally, registry

__all__ = ["METRICS", "OF_WORKERS", "registry"]

# Where an answer should be quick, where Redis, and where Postgres may at most keep it waiting.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10)
# A task may take as long as its time limit lets it.
TASK_SECONDS = (*SECONDS, 20, 30)
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
RELEASES = ("expiry", "admin", "reset")

http_requests = Tally(
    "ostiary_http_requests_total", "Requests answered.", "method", "route", "status"
)
http_request_seconds = Durations(
    "ostiary_http_request_seconds", "From the whole request to the answer.", upto=SECONDS
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
tasks = Tally("ostiary_tasks_total", "Tasks by their end.", "task", "outcome")
task_seconds = Durations("ostiary_task_seconds", "How long tasks took.", "task", upto=TASK_SECONDS)
messages = Tally("ostiary_messages_total", "Letters by their end.", "kind", "outcome")
lockouts_released = Tally(
    "ostiary_lockouts_released_total", "Locks that are over.", "by", known=RELEASES
)

lockouts_active = Gauge("ostiary_lockouts_active", "Locks in force.")
messages_waiting = Gauge("ostiary_messages_waiting", "Letters promised and not yet sent.")
messages_oldest = Gauge("ostiary_messages_oldest_seconds", "The age of the oldest of them, or 0.")
ready = Gauge("ostiary_ready", "1 where the check is up.", ("check",))
protection_mode = Gauge("ostiary_protection_mode", "1 for what counts the limits.", ("mode",))
queue_length = Gauge("ostiary_queue_length", "Messages no worker has taken.", ("queue",))
beat_last_run = Gauge(
    "ostiary_beat_last_run_seconds", "How long ago beat asked for it.", ("entry",)
)
alerts_firing = Gauge("ostiary_alerts_firing", "1 while the rule's alert is firing.", ("rule",))

OF_WORKERS = (tasks, task_seconds, messages, lockouts_released, metrics_guard_denied)
METRICS = (
    http_requests,
    http_request_seconds,
    logins,
    lockouts_started,
    rate_limited,
    refresh_reuse,
    metrics_guard_denied,
    tasks,
    task_seconds,
    messages,
    lockouts_released,
    lockouts_active,
    messages_waiting,
    messages_oldest,
    ready,
    protection_mode,
    queue_length,
    beat_last_run,
    alerts_firing,
)
