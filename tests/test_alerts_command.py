"""`ostiary alerts` tells what is wrong and what was; `ostiary alerts test` who would hear of it."""

import json
import socket
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from ostiary.platform.identifiers import new_id
from ostiary.watch.alerts.alert import Alert
from tests.app_client import Door, OpenDoor
from tests.command_line_fixture import Command, call, ostiary
from tests.test_command_line import REFUSED, settings
from tests.watching import OPERATOR, OpenWatch, Watch
from tests.webhook_sink import KEY, WebhookSink, listening

__all__ = ["ostiary"]

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOWHERE = "smtp://127.0.0.1:9?starttls=off"


def fire(door: Door, rule: str, summary: str = "It is down.") -> Alert:
    alert = Alert(new_id(), rule, "critical", summary, AT, AT)
    door.services.alerting.notices.ledger.open(alert)
    return alert


class TestTheList:
    @pytest.fixture
    def known(self, door: Door) -> Door:
        """One alert that is over, and one of which an administrator knows."""
        administrator = door.services.accounts.administration.create(
            "root@example.com", "correct horse"
        )
        over = fire(door, "beat_stalled")
        door.services.alerting.notices.ledger.close(over, AT + timedelta(minutes=2))
        firing = fire(door, "redis_unavailable", "Redis cannot be used.")
        door.services.alerting.alerts.acknowledge(firing.id, by=administrator.id)
        return door

    def test_can_be_read(self, known: Door, ostiary: Command) -> None:
        headings, firing, over = ostiary("alerts").stdout.splitlines()
        assert headings.split("  ")[0] == "FIRED AT"
        assert firing.split() == [
            "2026-03-01",
            "12:00:00Z",
            "redis_unavailable",
            "critical",
            "firing",
            "root@example.com",
            "Redis",
            "cannot",
            "be",
            "used.",
        ]
        assert "resolved  2026-03-01 12:02:00Z" in over

    def test_may_be_of_those_that_are_not_over(self, known: Door, ostiary: Command) -> None:
        assert [each["rule"] for each in ostiary.json("alerts", "--firing")] == [
            "redis_unavailable"
        ]

    def test_says_how_many_it_shows(self, known: Door, ostiary: Command) -> None:
        answered = ostiary("alerts", "--limit", "1")
        assert len(answered.stdout.splitlines()) == 2
        assert "--limit" in answered.stderr

    def test_is_json_as_over_http(self, known: Door, ostiary: Command) -> None:
        over = ostiary.json("alerts")[1]
        assert over == {
            "id": over["id"],
            "rule": "beat_stalled",
            "state": "resolved",
            "severity": "critical",
            "summary": "It is down.",
            "fired_at": "2026-03-01T12:00:00Z",
            "resolved_at": "2026-03-01T12:02:00Z",
            "acknowledged_by": None,
        }

    def test_of_nothing_says_so(self, database_url: str, ostiary: Command) -> None:
        answered = ostiary("alerts", "--firing")
        assert (answered.returncode, answered.stdout) == (0, "Nothing is firing.\n")


class TestATest:
    """The verb behind `ostiary alerts test`."""

    def test_reaches_every_channel(self, watch: Watch) -> None:
        assert watch.alerting.trial.run() == [
            ("log", True, None),
            (OPERATOR, True, None),
            ("webhook", True, None),
        ]
        assert watch.letters == ["Test: alerts of localhost arrive here"]
        assert [each.document["type"] for each in watch.sink.accepted] == ["alert.test"]

    def test_is_in_the_log(self, watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
        watch.alerting.trial.run()
        assert capsys.readouterr().out.count("alert_test") == 1

    def test_tries_each_whatever_became_of_the_others(self, open_watch: OpenWatch) -> None:
        watch = open_watch(SMTP_URL=NOWHERE)
        log, email, webhook = watch.alerting.trial.run()
        assert (log.sent, email.sent, webhook.sent) == (True, False, True)
        assert "refused" in str(email.reason)

    def test_says_what_a_channel_answered(self, watch: Watch) -> None:
        watch.sink.answers = [503]
        assert watch.alerting.trial.run()[-1] == ("webhook", False, "answered 503")

    def test_tries_every_address(self, open_watch: OpenWatch) -> None:
        watch = open_watch(ALERT_EMAILS=f"{OPERATOR},boss@example.com", SMTP_URL="")
        _, first, second, _ = watch.alerting.trial.run()
        assert (first.channel, second.channel) == (OPERATOR, "boss@example.com")
        assert first.reason == second.reason == "SMTP_URL is not set"

    def test_promises_nothing(self, open_door: OpenDoor, watch: Watch) -> None:
        watch.alerting.trial.run()
        assert watch.alerts == []
        assert watch.door.nudges == []


class TestTheCommand:
    def test_needs_neither_postgres_nor_redis(self) -> None:
        with listening(WebhookSink()) as sink:
            webhook = {"ALERT_WEBHOOK_URL": sink.url, "ALERT_WEBHOOK_SECRET": KEY}
            answered = send_test(REFUSED, **webhook)
        assert (answered.returncode, len(sink.accepted)) == (0, 1)
        assert answered.stdout == "CHANNEL  RESULT\nlog      sent\nwebhook  sent\n"

    def test_is_not_held_up_by_a_postgres_that_is_frozen(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            answered = send_test(f"postgresql://nobody@127.0.0.1:{port}/nowhere")
        assert "log      sent" in answered.stdout

    def test_says_when_nobody_but_the_log_is_told(self) -> None:
        answered = send_test(REFUSED)
        assert answered.returncode == 0
        assert "Only the log is told" in answered.stderr

    def test_ends_with_1_when_a_channel_fails(self) -> None:
        answered = send_test(REFUSED, "--json", ALERT_EMAILS=OPERATOR, SMTP_URL=NOWHERE)
        assert answered.returncode == 1
        log, email = json.loads(answered.stdout)
        assert log == {"channel": "log", "sent": True, "reason": None}
        assert email["channel"] == OPERATOR
        assert "refused" in email["reason"]


def send_test(database_url: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return call("alerts", "test", *words, environ=settings(database_url) | environ)
