"""What can go wrong, how it is undone, and what an operator receives meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.processes.stage import Stage, wait_until
from tests.webhook_sink import WebhookSink

OPERATOR = "ops@example.com"
NEVER = float("nan")


@dataclass(frozen=True)
class Incident:
    """`check` is what `/ready` says about it, if it says anything."""

    name: str
    rule: str
    check: str | None
    begin: Callable[[Stage], object]
    end: Callable[[Stage], object]
    resolves_within: float = 30
    mail_waits: bool = False


@dataclass
class Course:
    """Seconds: after the fault until `/ready` and the firing, after the repair until the end."""

    ready: float
    webhook: float
    mail: float
    resolved_webhook: float
    resolved_mail: float
    received: list[str]


def take_course(stage: Stage, sink: WebhookSink, incident: Incident) -> Course:
    sink.accepted.clear()
    stage.mailbox.empty()
    began = time.monotonic()
    incident.begin(stage)
    noticed = _until(lambda: incident.check is None or _is_noticed(stage, incident.check), began)
    webhook = _until(lambda: f"firing {incident.rule}" in sink.lines, began)
    mail = NEVER if incident.mail_waits else _until(lambda: _letter(stage, "Alert"), began)
    repaired = time.monotonic()
    incident.end(stage)
    within = incident.resolves_within
    resolved = _until(lambda: f"resolved {incident.rule}" in sink.lines, repaired, within + 30)
    told = _until(lambda: _letter(stage, "Resolved"), repaired, within + 60)
    if incident.mail_waits:
        mail = told
    wait_until(lambda: stage.get("/ready").json()["status"] == "ready")
    time.sleep(3)
    return Course(noticed, webhook, mail, resolved, told, sorted(sink.lines))


def _until(true: Callable[[], object], began: float, seconds: float = 60) -> float:
    wait_until(true, seconds=seconds)
    return time.monotonic() - began


def _is_noticed(stage: Stage, check: str) -> bool:
    return stage.check(check) != "up"


def _letter(stage: Stage, word: str) -> bool:
    return any(each.subject.startswith(word) for each in stage.mailbox.letters(to=OPERATOR))


def _scrape_in_vain(stage: Stage) -> None:
    for _ in range(12):
        assert stage.get("/metrics").status_code == 403


def _fill(stage: Stage) -> None:
    stage.redis.client().config_set("maxmemory", 1)


def _empty(stage: Stage) -> None:
    stage.redis.client().config_set("maxmemory", 0)


REDIS_KILLED = Incident(
    "Redis killed",
    "redis_unavailable",
    "redis",
    lambda stage: stage.redis.kill(),
    lambda stage: stage.redis.start(),
)
REDIS_FROZEN = Incident(
    "Redis frozen",
    "redis_unavailable",
    "redis",
    lambda stage: stage.redis.freeze(),
    lambda stage: stage.redis.thaw(),
)
REDIS_FULL = Incident("Redis full", "redis_unavailable", "redis", _fill, _empty)
POSTGRES_STOPPED = Incident(
    "Postgres stopped",
    "postgres_unavailable",
    "postgres",
    lambda stage: stage.postgres.stop(),
    lambda stage: stage.postgres.start(),
)
POSTGRES_FROZEN = Incident(
    "Postgres frozen",
    "postgres_unavailable",
    "postgres",
    lambda stage: stage.postgres.freeze(),
    lambda stage: stage.postgres.thaw(),
)
MAIL_REFUSED = Incident(
    "SMTP refused",
    "mail_server_unavailable",
    "mail",
    lambda stage: stage.mailbox.stop(),
    lambda stage: stage.mailbox.start(),
    mail_waits=True,
)
WORKERS_KILLED = Incident(
    "every worker killed",
    "workers_missing",
    "workers",
    lambda stage: stage.kill("worker"),
    lambda stage: stage.start("worker"),
)
BEAT_STOPPED = Incident(
    "beat stopped",
    "beat_stalled",
    "beat",
    lambda stage: stage.stop("beat"),
    lambda stage: stage.start("beat"),
)
WATCH_STOPPED = Incident(
    "watch stopped",
    "watch_stalled",
    "watch",
    lambda stage: stage.stop("watch"),
    lambda stage: stage.start("watch"),
)
GUARD_ATTACKED = Incident(
    "guard attacked",
    "metrics_guard_denied",
    None,
    _scrape_in_vain,
    lambda stage: None,
    resolves_within=300,
)
INCIDENTS = (
    REDIS_KILLED,
    REDIS_FROZEN,
    REDIS_FULL,
    POSTGRES_STOPPED,
    POSTGRES_FROZEN,
    MAIL_REFUSED,
    WORKERS_KILLED,
    BEAT_STOPPED,
    WATCH_STOPPED,
    GUARD_ATTACKED,
)
