"""An account with 30,000 sessions and devices costs no more than any other, and delays nobody."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.app_client import PASSWORD, Door, HeldClock, OpenDoor

ADA, GRACE = "ada@example.com", "grace@example.com"
MANY = 30_000
ME, SESSIONS, DEVICES = "/v1/auth/me", "/v1/auth/sessions", "/v1/auth/me/devices"
LONGEST_SECONDS = 1.0
FILL = (
    """
INSERT INTO device (id, account_id, token_digest, created_at)
SELECT gen_random_uuid(), %(id)s, decode(md5(n::text), 'hex'), %(now)s
FROM generate_series(1, %(many)s) AS n
""",
    """
INSERT INTO session (id, account_id, device_id, created_at, last_seen_at, expires_at, ip,
    user_agent)
SELECT gen_random_uuid(), %(id)s, NULL, %(now)s, %(now)s, %(now)s + interval '30 days',
    '192.0.2.1', 'a test'
FROM generate_series(1, %(many)s) AS n
""",
    """
INSERT INTO refresh_token (digest, session_id, issued_at, expires_at, sealed)
SELECT decode(md5(id::text), 'hex'), id, created_at, expires_at, '' FROM session
WHERE account_id = %(id)s
""",
)
LEFT = """
SELECT (SELECT count(*) FROM session WHERE account_id = %(id)s)
    + (SELECT count(*) FROM device WHERE account_id = %(id)s) AS rows
"""
Times = dict[str, float]


class Crowd:
    """Ada's account with very many sessions, and Grace, who uses hers meanwhile."""

    def __init__(self, door: Door, clock: HeldClock) -> None:
        self.door, self.clock, self.times = door, clock, Times()
        self.ada, self.grace = door.join(ADA), door.join(GRACE)
        self.id = door.get(ME, self.ada["access_token"]).json["id"]
        facts = {"id": self.id, "now": clock(), "many": MANY}
        for statement in FILL:
            door.services.database.run(statement, **facts)
        door.services.database.run("ANALYZE session, device, refresh_token")

    @contextmanager
    def timed(self, act: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.times[act] = time.monotonic() - began

    def others_meanwhile(self, act: Callable[[], object]) -> float:
        """Seconds of the slowest request of somebody else while the act goes on."""
        slowest = 0.0
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(act)
            while not done.done():
                began = time.monotonic()
                assert self.door.get(ME, self.grace["access_token"]).status_code == 200
                slowest = max(slowest, time.monotonic() - began)
            done.result()
        return slowest


@pytest.fixture
def crowd(open_door: OpenDoor, clock: HeldClock) -> Crowd:
    door = open_door()
    door.services.database.patience = door.services.database.patience * 30
    return Crowd(door, clock)


def test_every_act_takes_less_than_a_second(
    crowd: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    door, token = crowd.door, crowd.ada["access_token"]
    with crowd.timed("login"):
        assert door.log_in(ADA).status_code == 200
    with crowd.timed("list sessions"):
        assert len(door.get(SESSIONS, token).json["items"]) == 100
    with crowd.timed("list devices"):
        assert len(door.get(DEVICES, token).json["items"]) == 50
    with crowd.timed("end all others"):
        assert door.send("DELETE", SESSIONS, bearer=token).status_code == 204
    with crowd.timed("change the password"):
        body = {"current_password": PASSWORD, "new_password": f"{PASSWORD} 2"}
        token = door.post("/v1/auth/password/change", token, **body).json["access_token"]
    assert len(door.get(SESSIONS, token).json["items"]) == 1
    with capsys.disabled():
        print("\n" + "\n".join(f"  {act:22} {took:6.3f} s" for act, took in crowd.times.items()))
    assert max(crowd.times.values()) < LONGEST_SECONDS


def test_disabling_and_deleting_hold_up_nobody(
    crowd: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    services = crowd.door.services
    administration = services.accounts.administration
    with crowd.timed("disable"):
        administration.disable(crowd.id, by=None)
    with crowd.timed("delete"):
        administration.delete(crowd.id, by=None)
    slowest = crowd.others_meanwhile(lambda: [services.expiry.expire_sessions() for _ in range(2)])
    with capsys.disabled():
        print("\n" + "\n".join(f"  {act:22} {took:6.3f} s" for act, took in crowd.times.items()))
        print(f"  others while it is swept {slowest:.3f} s")
    assert max(*crowd.times.values(), slowest) < LONGEST_SECONDS
    assert services.database.fetch_all(LEFT, id=crowd.id)[0].rows == 0
