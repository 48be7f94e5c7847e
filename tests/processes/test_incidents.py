"""Every incident reaches the operator within thirty seconds, once, and so does its end.

`REHEARSAL=full make test ARGS="tests/processes/test_incidents.py -s"` takes some twenty minutes:
all incidents at the default settings, a Redis that flaps, and ten minutes in which nothing happens.
"""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.processes.incidents import (
    INCIDENTS,
    OPERATOR,
    POSTGRES_STOPPED,
    Course,
    Incident,
    take_course,
)
from tests.processes.stage import FULL, Stage, open_stage, temporary_home, wait_until
from tests.webhook_sink import KEY, WebhookSink, listening

PROCESSES = ("workers", "beat", "watch")
HEADINGS = ("incident", "/ready", "webhook", "mail", "resolved: webhook", "mail")

only_in_full = pytest.mark.skipif(not FULL, reason="takes minutes: REHEARSAL=full")


@pytest.fixture(scope="module")
def sink() -> Iterator[WebhookSink]:
    with listening(WebhookSink()) as sink:
        yield sink


@pytest.fixture(scope="module")
def stage(sink: WebhookSink) -> Iterator[Stage]:
    """Everything runs, and the watchdog has looked around."""
    settings = {
        "ALERT_EMAILS": OPERATOR,
        "ALERT_WEBHOOK_URL": sink.url,
        "ALERT_WEBHOOK_SECRET": KEY,
        "METRICS_ENABLED": "true",
        "METRICS_GUARD_SECRET": "a secret for Prometheus",
    }
    with temporary_home() as home, open_stage(home, **settings) as stage:
        stage.start("web", "worker", "beat", "watch")
        wait_until(stage.answers)
        wait_until(lambda: stage.get("/ready").json()["status"] == "ready")
        time.sleep(15)
        yield stage


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    rows: list[str] = []
    yield rows
    print("", f"| {' | '.join(HEADINGS)} |", "|---" * len(HEADINGS) + "|", *rows, sep="\n")


@only_in_full
@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda each: each.name)
def test_it_is_told_once_and_in_time(
    stage: Stage, sink: WebhookSink, table: list[str], incident: Incident
) -> None:
    course = take_course(stage, sink, incident)
    table.append(_row(incident, course))
    assert course.received == [f"firing {incident.rule}", f"resolved {incident.rule}"]
    assert _subjects(stage) == [f"Alert: {incident.rule}", f"Resolved: {incident.rule}"]
    assert course.ready < (60 if incident.check in PROCESSES else 10)
    assert course.webhook < 30
    assert course.mail < 30 or incident.mail_waits
    assert course.resolved_webhook < incident.resolves_within + 10


@only_in_full
def test_a_redis_that_flaps_is_one_alert(stage: Stage, sink: WebhookSink) -> None:
    sink.accepted.clear()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        stage.redis.freeze()
        time.sleep(2)
        stage.redis.thaw()
        time.sleep(2)
    wait_until(lambda: "resolved redis_unavailable" in sink.lines, seconds=60)
    time.sleep(30)
    assert sink.lines == ["firing redis_unavailable", "resolved redis_unavailable"]


@only_in_full
def test_two_watchdogs_tell_it_once(stage: Stage, sink: WebhookSink) -> None:
    stage.start("watch-2")
    time.sleep(20)
    course = take_course(stage, sink, POSTGRES_STOPPED)
    assert course.received == ["firing postgres_unavailable", "resolved postgres_unavailable"]
    stage.stop("watch-2")


@only_in_full
def test_a_watchdog_that_dies_meanwhile_is_taken_over_by_the_next(
    stage: Stage, sink: WebhookSink
) -> None:
    dying = replace(POSTGRES_STOPPED, end=_restart_watchdog_then_postgres, resolves_within=60)
    course = take_course(stage, sink, dying)
    assert course.received == ["firing postgres_unavailable", "resolved postgres_unavailable"]


def _restart_watchdog_then_postgres(stage: Stage) -> None:
    stage.kill("watch")
    stage.start("watch")
    time.sleep(25)
    stage.postgres.start()


@only_in_full
def test_ten_quiet_minutes_say_nothing(stage: Stage, sink: WebhookSink) -> None:
    sink.accepted.clear()
    stage.mailbox.empty()
    time.sleep(600)
    assert sink.lines == []
    assert stage.mailbox.letters(to=OPERATOR) == []


def _subjects(stage: Stage) -> list[str]:
    letters = stage.mailbox.letters(to=OPERATOR)
    return sorted(each.subject.partition(" at ")[0] for each in letters)


def _row(incident: Incident, course: Course) -> str:
    seconds = (
        course.ready,
        course.webhook,
        course.mail,
        course.resolved_webhook,
        course.resolved_mail,
    )
    cells = [incident.name, *(f"{each:.1f}" for each in seconds)]
    return f"| {' | '.join(cells)} |"
