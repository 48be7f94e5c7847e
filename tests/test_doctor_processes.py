"""The doctor sees who is silent, what waits, what cannot be opened, and who looks alike."""

from datetime import UTC, datetime, timedelta

import pytest

from ostiary.platform.settings.timetable import Cron, last_due
from tests.doctor_fixture import Clinic, clinic, ward

__all__ = ["clinic", "ward"]

LETTER = """
INSERT INTO outbox (id, task, channel, event, status, created_at, due_at, expires_at, finished_at)
VALUES (gen_random_uuid(), 'tasks.mail.toy', 'mail', '{{}}', '{status}', now(), now(),
    now() + interval '1 day', {finished_at})
"""
ATTEMPTS = """
INSERT INTO attempt (id, subject, client, at, verdict)
SELECT gen_random_uuid(), 'address:' || n, '{client}', now(), 'right' FROM generate_series(1, 30) n
"""
WEB = """
INSERT INTO heartbeat (process, instance, since, seen_at)
VALUES ('probe', '{instance}', now() - interval '{age} s', now() - interval '{silence} s')
"""
ALERT = """
INSERT INTO alert (id, rule, severity, summary, fired_at, announced_at, acknowledged_at)
VALUES (gen_random_uuid(), 'mail_backlog', 'warning', 'Letters wait.', now(), now(), {known_at})
"""
PUBLIC = {
    "APP_ENV": "production",
    "CORS_ORIGINS": "https://app.example.com",
    "PUBLIC_URL": "https://id.example.com",
}


class TestAProcess:
    @pytest.mark.parametrize(
        ("process", "id"),
        [("worker", "workers_missing"), ("watch", "watch_stalled"), ("beat", "beat_stalled")],
    )
    def test_that_is_silent(self, clinic: Clinic, process: str, id: str) -> None:
        clinic.run(
            f"UPDATE heartbeat SET seen_at = now() - interval '13 s' WHERE process = '{process}'"
        )
        assert clinic.found("processes") == {id}
        clinic.run(f"DELETE FROM heartbeat WHERE process = '{process}'")
        assert clinic.found("processes") == {id}

    def test_that_is_there_twice(self, clinic: Clinic) -> None:
        clinic.run("INSERT INTO heartbeat SELECT process, 'another', seen_at, since FROM heartbeat")
        assert clinic.found("processes") == {"beats_several"}


class TestAnEntryOfTheTimetable:
    @pytest.mark.parametrize(("age", "found"), [(100, set()), (200, {"beat_entry_overdue"})])
    def test_that_is_overdue(self, clinic: Clinic, age: int, found: set[str]) -> None:
        clinic.run("UPDATE heartbeat SET since = now() - interval '2 days'")
        entries = dict.fromkeys(clinic.site().settings.schedule, timedelta())
        overdue = {"RELAY_OUTBOX": timedelta(seconds=age)}
        clinic.services.heartbeats.beat("beat", runs=entries | overdue)
        assert clinic.found("processes") == found

    @pytest.mark.parametrize(
        ("line", "due"),
        [
            ("30 3 * * *", datetime(2026, 3, 1, 3, 30, tzinfo=UTC)),
            ("0 13 * * *", datetime(2026, 2, 28, 13, tzinfo=UTC)),
            ("*/5 * * * *", datetime(2026, 3, 1, 12, tzinfo=UTC)),
            ("0 4 * * mon", datetime(2026, 2, 23, 4, tzinfo=UTC)),
            ("0 0 29 2 *", datetime(2024, 2, 29, tzinfo=UTC)),
        ],
    )
    def test_by_a_cron_line_was_last_due(self, line: str, due: datetime) -> None:
        """The first of March 2026 is a Sunday."""
        assert last_due(Cron(*line.split()), datetime(2026, 3, 1, 12, 2, tzinfo=UTC)) == due


class TestALetter:
    def test_that_waits_for_long(self, clinic: Clinic) -> None:
        clinic.run(LETTER.format(status="queued", finished_at="NULL"))
        assert clinic.found("letters") == set()
        clinic.later = timedelta(minutes=6)
        assert clinic.found("letters") == {"letters_waiting"}

    @pytest.mark.parametrize(("count", "found"), [(10, set()), (11, {"letters_failing"})])
    def test_that_fails_as_many_do(self, clinic: Clinic, count: int, found: set[str]) -> None:
        clinic.run(*[LETTER.format(status="failed", finished_at="now()")] * count)
        assert clinic.found("letters") == found

    def test_whose_channel_is_paused(self, clinic: Clinic) -> None:
        clinic.run("INSERT INTO channel VALUES ('mail', 3, now(), 'AUTH: 535 no')")
        [found] = clinic.examine("letters").findings
        assert found.advice.id == "channel_paused"
        assert found.evidence == "mail failed 3 times, AUTH: 535 no."


class TestASigningKey:
    OTHER = "a different secret: Xk2vB9nM4qL7wZ1e"

    def test_that_no_secret_opens(self, clinic: Clinic) -> None:
        clinic.services.keys.rotate()
        assert clinic.found("signing keys") == set()
        assert clinic.found("signing keys", SECRET_KEYS=self.OTHER) == {"signing_keys_closed"}

    def test_that_no_secret_opens_beside_one_that_is_open(self, clinic: Clinic) -> None:
        clinic.services.keys.rotate()
        clinic.services.keys.rotate()
        clinic.run("UPDATE signing_key SET sealed_private_key = 'x' WHERE retiring_at IS NULL")
        assert clinic.found("signing keys") == {"signing_key_closed"}

    def test_that_an_older_secret_seals(self, clinic: Clinic) -> None:
        clinic.services.keys.rotate()
        both = f"{self.OTHER},{clinic.environ['SECRET_KEYS']}"
        assert clinic.found("signing keys", SECRET_KEYS=both) == {"signing_key_sealed_by_older"}

    def test_that_is_old(self, clinic: Clinic) -> None:
        clinic.services.keys.rotate()
        clinic.later = timedelta(days=31)
        assert clinic.found("signing keys") == set()
        clinic.later = timedelta(days=33)
        assert clinic.found("signing keys") == {"signing_key_old"}

    def test_that_ends_before_its_tokens(self, clinic: Clinic) -> None:
        clinic.services.keys.rotate()
        clinic.services.keys.rotate()
        longer = {"AUTH_ACCESS_TOKEN_MINUTES": "45"}
        assert clinic.found("signing keys") == set()
        assert clinic.found("signing keys", **longer) == {"signing_key_ends_early"}


class TestAProxy:
    @pytest.mark.parametrize("client", ["10.0.0.7", "fd00:1:2:3::/64"])
    def test_that_nobody_named(self, clinic: Clinic, client: str) -> None:
        clinic.run(ATTEMPTS.format(client=client))
        [found] = clinic.examine("proxies").findings
        assert found.advice.id == "proxy_not_trusted"
        assert client not in found.evidence

    def test_on_this_machine_is_one_in_public_alone(self, clinic: Clinic) -> None:
        clinic.run(ATTEMPTS.format(client="127.0.0.1"))
        assert clinic.found("proxies") == set()
        assert clinic.found("proxies", **PUBLIC) == {"proxy_not_trusted"}

    def test_is_not_seen_in_one_client_of_the_internet(self, clinic: Clinic) -> None:
        clinic.run(ATTEMPTS.format(client="93.184.216.34"))
        assert clinic.found("proxies") == set()

    def test_is_not_seen_where_others_come_too(self, clinic: Clinic) -> None:
        clinic.run(ATTEMPTS.format(client="10.0.0.7"), ATTEMPTS.format(client="93.184.216.34"))
        assert clinic.found("proxies") == set()

    def test_is_not_seen_in_one_person(self, clinic: Clinic) -> None:
        clinic.run(ATTEMPTS.format(client="10.0.0.7"), "UPDATE attempt SET subject = 'address:1'")
        assert clinic.found("proxies") == set()


class TestAProxyThatWasNamed:
    @pytest.fixture(autouse=True)
    def _before(self, clinic: Clinic) -> None:
        clinic.run(
            ATTEMPTS.format(client="10.0.0.7"), "UPDATE attempt SET at = now() - '9 s'::interval"
        )

    def test_is_over_once_web_was_restarted(self, clinic: Clinic) -> None:
        clinic.run(WEB.format(instance="web:7", age=5, silence=1))
        clinic.run(WEB.format(instance="web:1", age=99, silence=13))
        assert clinic.found("proxies") == set()

    def test_is_not_over_while_some_web_goes_on(self, clinic: Clinic) -> None:
        clinic.run(WEB.format(instance="web:7", age=5, silence=1))
        clinic.run(WEB.format(instance="web:1", age=99, silence=1))
        assert clinic.found("proxies") == {"proxy_not_trusted"}

    def test_is_not_over_because_the_watchdog_was_restarted(self, clinic: Clinic) -> None:
        clinic.services.heartbeats.beat("probe")
        assert clinic.found("proxies") == {"proxy_not_trusted"}


class TestAnAlert:
    def test_that_nobody_knows_of(self, clinic: Clinic) -> None:
        clinic.run(ALERT.format(known_at="NULL"))
        assert clinic.found("alerts") == set()
        clinic.later = timedelta(hours=2)
        assert clinic.found("alerts") == {"alert_unacknowledged"}

    def test_that_somebody_knows_of(self, clinic: Clinic) -> None:
        clinic.run(ALERT.format(known_at="now()"))
        clinic.later = timedelta(hours=2)
        assert clinic.found("alerts") == set()
