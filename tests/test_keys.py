"""A signing key is published, active, retiring and gone, and nobody who uses it notices."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import structlog
import time_machine

from ostiary.platform.database import open_database
from ostiary.sessions.keys.key import REMEMBERED, Key, state_of
from ostiary.sessions.keys.vault import LOCK
from tests.app_client import Door, HeldClock, OpenDoor
from tests.forger import parts
from tests.processes.stage import wait_until

ADA = "ada@example.com"
ME = "/v1/auth/me"
JWKS = "/.well-known/jwks.json"
ISSUER = "http://localhost:3000"
OLD, NEW = "a secret for tests that is long enough", "n" * 40
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAITING = """
SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
"""

Later = Callable[..., None]


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def token(door: Door) -> str:
    return str(door.join(ADA)["access_token"])


def log_in(door: Door) -> str:
    return str(door.log_in(ADA).json["access_token"])


def kid_of(token: str) -> str:
    return str(parts(token)[0]["kid"])


def states(door: Door) -> list[str]:
    """The newest first."""
    return [key.state for key in door.services.keys.newest()]


def published(door: Door) -> list[str]:
    return [key["kid"] for key in door.get(JWKS).json["keys"]]


def status(door: Door, token: str) -> int:
    return door.get(ME, token).status_code


@contextmanager
def complaints() -> Iterator[list[tuple[str, str]]]:
    """The level and the event of what is worse than information."""
    found: list[tuple[str, str]] = []
    with structlog.testing.capture_logs() as lines:
        yield found
    found += [(x["log_level"], x["event"]) for x in lines if x["log_level"] != "info"]


@dataclass
class Verifier:
    """Somebody else's, by PyJWT: asks for the JWKS as often as its max-age makes it, no more."""

    door: Door
    clock: HeldClock
    keys: dict[str, Any] = field(default_factory=dict)
    stale_at: datetime = NOON

    def verify(self, token: str) -> None:
        """Raises what PyJWT raises, or `KeyError` for a key it does not know."""
        if self.clock() >= self.stale_at:
            self._ask()
        with time_machine.travel(self.clock(), tick=False):
            jwt.decode(token, self.keys[kid_of(token)], ["ES256"], audience=ISSUER, issuer=ISSUER)

    def _ask(self) -> None:
        answered = self.door.get(JWKS)
        self.keys = {jwk["kid"]: jwt.PyJWK(jwk).key for jwk in answered.json["keys"]}
        max_age = int(answered.headers["Cache-Control"].rpartition("=")[2])
        self.stale_at = self.clock() + timedelta(seconds=max_age)


@pytest.mark.parametrize(
    ("active", "retiring", "gone", "now", "state"),
    [
        (10, None, None, 0, "published"),
        (10, None, None, 9.99, "published"),
        (10, None, None, 10, "active"),
        (10, None, None, 100_000, "active"),
        (10, 60, 90, 9.99, "published"),
        (10, 60, 90, 10, "active"),
        (10, 60, 90, 59.99, "active"),
        (10, 60, 90, 60, "retiring"),
        (10, 60, 90, 89.99, "retiring"),
        (10, 60, 90, 90, "gone"),
        (0, None, None, 0, "active"),
        (0, None, None, -1, "published"),
    ],
)
def test_the_clock_decides(
    active: float, retiring: float | None, gone: float | None, now: float, state: str
) -> None:
    key = Key(
        "kid",
        {},
        b"",
        published_at=NOON,
        active_at=at(active),
        retiring_at=None if retiring is None else at(retiring),
        gone_at=None if gone is None else at(gone),
    )
    assert state_of(key, at(now)) == state


class TestARotation:
    def test_publishes_a_key_and_lets_the_old_one_sign(self, door: Door, token: str) -> None:
        made = door.services.keys.rotate()
        assert published(door) == [kid_of(token), made.kid]
        assert states(door) == ["published", "active"]
        assert kid_of(log_in(door)) == kid_of(token)

    def test_takes_effect_ten_minutes_later_by_itself(
        self, door: Door, token: str, later: Later
    ) -> None:
        made = door.services.keys.rotate()
        later(minutes=10, seconds=-1)
        assert kid_of(log_in(door)) == kid_of(token)
        later(seconds=1)
        assert kid_of(log_in(door)) == made.kid
        assert states(door) == ["active", "retiring"]

    def test_keeps_the_old_key_while_a_token_of_its_may_be_valid(
        self, door: Door, token: str, later: Later
    ) -> None:
        door.services.keys.rotate()
        later(minutes=10 + 15 + 1, seconds=REMEMBERED.total_seconds() - 1)
        assert kid_of(token) in published(door)
        later(seconds=1)
        assert kid_of(token) not in published(door)
        assert states(door) == ["active"]

    def test_makes_no_second_key_while_one_is_published(
        self, door: Door, token: str, later: Later
    ) -> None:
        made = door.services.keys.rotate()
        later(minutes=9)
        assert door.services.keys.rotate() == made
        later(minutes=1)
        assert door.services.keys.rotate().kid != made.kid
        assert states(door) == ["published", "active", "retiring"]

    def test_of_a_house_without_a_key_takes_effect_at_once(self, door: Door) -> None:
        assert door.services.keys.rotate().state == "active"
        assert len(published(door)) == 1

    def test_reaches_every_process_without_a_restart(
        self, door: Door, token: str, open_door: OpenDoor, later: Later
    ) -> None:
        other = open_door()
        assert status(other, token) == 200
        made = door.services.keys.rotate()
        later(minutes=10)
        assert kid_of(log_in(other)) == made.kid

    def test_goes_on_while_postgres_is_away(self, door: Door, token: str, later: Later) -> None:
        made = door.services.keys.rotate()
        log_in(door)
        door.services.database.breaker.trip()
        later(minutes=10)
        assert door.services.signing_keys.signing().kid == made.kid
        door.services.database.breaker.close()

    def test_is_a_fact(self, door: Door, token: str) -> None:
        with structlog.testing.capture_logs() as lines:
            made = door.services.keys.rotate()
        (fact,) = [line for line in lines if line["event"] == "signing_key_rotated"]
        assert (fact["kid"], fact["emergency"]) == (made.kid, False)

    def test_changes_the_etag_only_when_a_key_comes_or_goes(
        self, door: Door, token: str, later: Later
    ) -> None:
        tags = [door.get(JWKS).headers["ETag"]]
        door.services.keys.rotate()
        for minutes in (0, 5, 5, 15, 5):
            later(minutes=minutes)
            tags.append(door.get(JWKS).headers["ETag"])
        assert len(set(tags)) == 3
        assert tags[1] == tags[2] == tags[3] == tags[4]


class TestThroughoutARotation:
    def test_every_token_is_believed_until_it_expires(
        self, door: Door, open_door: OpenDoor, clock: HeldClock
    ) -> None:
        door.join(ADA)
        doors = [door, open_door(), open_door()]
        verifiers = [Verifier(each, clock) for each in doors]
        tokens: list[tuple[datetime, str]] = []
        for minute in range(60):
            # Just after the verifiers have asked.
            if minute == 6:
                door.services.keys.rotate()
            clock.advance(seconds=60)
            tokens.append((clock(), log_in(doors[minute % 3])))
            for issued_at, each in tokens:
                if clock() - issued_at < timedelta(minutes=15):
                    assert {status(one, each) for one in doors} == {200}
                    for verifier in verifiers:
                        verifier.verify(each)
        assert len({kid_of(each) for _, each in tokens}) == 2


class TestAnEmergency:
    def test_replaces_every_key_at_once(self, door: Door, token: str) -> None:
        door.services.keys.rotate()
        made = door.services.keys.rotate_at_once()
        assert published(door) == [made.kid]
        assert states(door) == ["active"]
        assert kid_of(log_in(door)) == made.kid

    def test_refuses_what_was_signed_before(self, door: Door, token: str) -> None:
        door.services.keys.rotate_at_once()
        assert status(door, token) == 401

    def test_is_over_with_a_refresh(self, door: Door) -> None:
        tokens = door.join(ADA)
        door.services.keys.rotate_at_once()
        refreshed = door.refresh(tokens["refresh_token"]).json
        assert status(door, refreshed["access_token"]) == 200

    def test_reaches_every_process_within_a_minute(
        self, door: Door, token: str, open_door: OpenDoor, later: Later
    ) -> None:
        other = open_door()
        assert status(other, token) == 200
        made = door.services.keys.rotate_at_once()
        assert timedelta(minutes=1) > REMEMBERED
        later(seconds=REMEMBERED.total_seconds() + 0.001)
        assert status(other, token) == 401
        assert kid_of(log_in(other)) == made.kid

    def test_may_follow_another(self, door: Door, token: str) -> None:
        first, second = (door.services.keys.rotate_at_once().kid for _ in range(2))
        assert first != second
        assert published(door) == [second]

    def test_leaves_no_private_key_behind(self, door: Door, token: str) -> None:
        made = door.services.keys.rotate_at_once()
        rows = door.services.database.fetch_all("SELECT kid FROM signing_key")
        assert [row.kid for row in rows] == [made.kid]


class TestTheAge:
    def test_of_thirty_days_makes_a_key_due(self, door: Door, token: str, later: Later) -> None:
        later(days=30, seconds=-1)
        assert not door.services.keys.rotate_if_due()
        later(seconds=1)
        assert door.services.keys.rotate_if_due()
        assert states(door) == ["published", "active"]

    def test_makes_it_due_once(self, door: Door, token: str, later: Later) -> None:
        later(days=30)
        assert [door.services.keys.rotate_if_due() for _ in range(3)] == [True, False, False]

    def test_begins_anew_with_the_next_key(self, door: Door, token: str, later: Later) -> None:
        later(days=30)
        door.services.keys.rotate_if_due()
        later(days=30)
        assert not door.services.keys.rotate_if_due()
        later(minutes=10)
        assert door.services.keys.rotate_if_due()

    def test_is_a_setting(self, open_door: OpenDoor, later: Later) -> None:
        door = open_door(AUTH_KEY_ROTATION_DAYS="0.5")
        door.get(JWKS)
        later(hours=12)
        assert door.services.keys.rotate_if_due()

    def test_is_not_looked_at_without_forgetting_what_is_gone(
        self, door: Door, token: str, later: Later
    ) -> None:
        door.services.keys.rotate()
        later(days=1)
        assert not door.services.keys.rotate_if_due()
        rows = door.services.database.fetch_all("SELECT kid FROM signing_key")
        assert [row.kid for row in rows] == published(door)


class TestMany:
    """Whoever changes keys is let go only when all of them wait for it."""

    def all_at_once(self, door: Door, verb: Callable[[], Any]) -> list[Any]:
        gate = open_database(door.services.database.database)
        door.services.database.patience = timedelta(minutes=1)
        with ThreadPoolExecutor(4) as crowd:
            with gate.atomic():
                gate.run(LOCK)
                asked: list[Future[Any]] = [crowd.submit(verb) for _ in range(4)]
                wait_until(lambda: gate.fetch_all(WAITING)[0].n == 4)
            found = [each.result() for each in asked]
        gate.close()
        return found

    def test_who_rotate_get_the_same_key(self, door: Door, token: str) -> None:
        made = self.all_at_once(door, door.services.keys.rotate)
        assert len({key.kid for key in made}) == 1
        assert states(door) == ["published", "active"]

    def test_who_have_an_emergency_get_the_same_key(self, door: Door, token: str) -> None:
        made = self.all_at_once(door, door.services.keys.rotate_at_once)
        assert {key.kid for key in made} == {*published(door)}

    def test_who_find_it_due_make_one(self, door: Door, token: str, later: Later) -> None:
        later(days=30)
        done = self.all_at_once(door, door.services.keys.rotate_if_due)
        assert sorted(done) == [False, False, False, True]

    def test_who_find_no_key_make_one(self, door: Door) -> None:
        self.all_at_once(door, door.services.signing_keys.vault.valid_or_first)
        assert len(published(door)) == 1


class TestTheSecrets:
    """SECRET_KEYS rotate: the new one first, every process restarted, resealed, the old one out."""

    def test_rotate_without_a_stop(self, door: Door, token: str, open_door: OpenDoor) -> None:
        both = open_door(SECRET_KEYS=f"{NEW},{OLD}")
        assert (status(both, token), status(door, log_in(both))) == (200, 200)
        both.services.keys.reseal()
        only_new = open_door(SECRET_KEYS=NEW)
        assert (status(only_new, token), status(both, log_in(only_new))) == (200, 200)

    def test_that_are_old_open_nothing_once_resealed(
        self, door: Door, token: str, open_door: OpenDoor
    ) -> None:
        open_door(SECRET_KEYS=f"{NEW},{OLD}").services.keys.reseal()
        assert open_door().log_in(ADA).json["code"] == "unavailable"

    def test_resealed_too_early_stop_no_process_that_runs(
        self, door: Door, token: str, open_door: OpenDoor, later: Later
    ) -> None:
        open_door(SECRET_KEYS=f"{NEW},{OLD}").services.keys.reseal()
        later(minutes=1)
        with complaints() as found:
            assert kid_of(log_in(door)) == kid_of(token)
        assert found == []

    def test_do_not_open_a_key_of_a_process_ahead_so_the_last_one_signs(
        self, door: Door, token: str, open_door: OpenDoor, later: Later
    ) -> None:
        ahead = open_door(SECRET_KEYS=f"{NEW},{OLD}")
        ahead.services.keys.rotate()
        later(minutes=11)
        with complaints() as found:
            behind = log_in(door)
        assert found == [("warning", "signing_key_stayed_sealed")]
        assert kid_of(behind) == kid_of(token)
        assert (status(ahead, behind), status(door, log_in(ahead))) == (200, 200)

    def test_leave_the_signing_to_the_newest_key_that_opens(
        self, door: Door, token: str, open_door: OpenDoor, later: Later
    ) -> None:
        made = door.services.keys.rotate()
        later(minutes=10)
        open_door(SECRET_KEYS=f"{NEW},{OLD}").services.keys.rotate()
        later(minutes=11)
        assert states(door) == ["active", "retiring", "retiring"]
        assert kid_of(log_in(door)) == made.kid

    def test_that_open_nothing_still_verify_and_publish(
        self, door: Door, token: str, open_door: OpenDoor
    ) -> None:
        stranger = open_door(SECRET_KEYS=NEW)
        assert status(stranger, token) == 200
        assert published(stranger) == published(door)

    def test_that_are_lost_are_replaced_by_a_rotation(
        self, door: Door, token: str, open_door: OpenDoor
    ) -> None:
        stranger = open_door(SECRET_KEYS=NEW)
        made = stranger.services.keys.rotate()
        assert kid_of(log_in(stranger)) == made.kid
        assert status(stranger, token) == 200

    def test_say_which_of_them_is_still_needed(
        self, door: Door, token: str, open_door: OpenDoor
    ) -> None:
        keys = open_door(SECRET_KEYS=f"{NEW},{OLD}").services.keys
        assert [key.sealed_by for key in keys.newest()] == ["older"]
        keys.reseal()
        assert [key.sealed_by for key in keys.newest()] == ["newest"]
        assert [key.sealed_by for key in door.services.keys.newest()] == ["unknown"]

    def test_leave_what_they_cannot_open_as_it_is(
        self, door: Door, token: str, open_door: OpenDoor
    ) -> None:
        done = open_door(SECRET_KEYS=NEW).services.keys.reseal()
        assert (done.resealed, done.unopened) == ([], [kid_of(token)])
        assert [key.sealed_by for key in door.services.keys.newest()] == ["newest"]


def test_a_key_ring_shows_no_private_member(door: Door, token: str) -> None:
    door.services.keys.rotate()
    assert '"d"' not in json.dumps(door.services.signing_keys.jwks())
