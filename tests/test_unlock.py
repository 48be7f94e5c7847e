"""`ostiary unlock` lets an address in at once, and `ostiary lockouts` lists who is locked."""

import pytest

from ostiary.platform.clock import system_clock
from tests.app_client import Door, HeldClock, OpenDoor
from tests.command_line_fixture import Command, ostiary

__all__ = ["ostiary"]

ADA = "ada@example.com"
WRONG = "a wrong password"


@pytest.fixture
def clock() -> HeldClock:
    """The command looks at the real one."""
    return HeldClock(system_clock())


@pytest.fixture
def door(open_door: OpenDoor, redis_url: str) -> Door:
    return open_door(RATE_LIMIT_REDIS_URL=redis_url)


@pytest.fixture
def locked(door: Door) -> Door:
    door.join(ADA)
    for _ in range(6):
        door.log_in(ADA, WRONG)
    return door


class TestUnlocking:
    def test_lets_in_at_once_though_redis_remembers(self, locked: Door, ostiary: Command) -> None:
        assert locked.log_in(ADA).status_code == 429
        assert ostiary("unlock", "ADA@Example.com").returncode == 0
        assert locked.log_in(ADA).status_code == 200

    def test_is_not_undone_by_whoever_read_the_lock_before(
        self, locked: Door, ostiary: Command
    ) -> None:
        until = locked.services.protection.locks.newest(limit=1)[0].locked_until
        ostiary("unlock", ADA)
        locked.services.protection.refusals.remember(f"address:{ADA}", until)
        assert locked.log_in(ADA).status_code == 200

    def test_covers_the_devices(self, locked: Door, ostiary: Command) -> None:
        device = locked.post("/v1/auth/unlock", token=locked.token(ADA)).json["device_token"]
        for _ in range(6):
            locked.log_in(ADA, WRONG, device=device)
        released = ostiary.json("unlock", ADA)["released"]
        assert {each["subject"].partition(":")[0] for each in released} == {"address", "device"}
        assert locked.log_in(ADA, device=device).status_code == 200

    @pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
    def test_of_nobody_locked_is_answered_no(self, ostiary: Command, email: str) -> None:
        refused = ostiary("unlock", email)
        assert refused.returncode == 1
        assert "is not locked" in refused.stdout

    def test_of_no_address_is_an_error_of_usage(self, ostiary: Command) -> None:
        assert ostiary("unlock", "ada").returncode == 2


class TestTheList:
    def test_of_active_ones_ends_with_the_unlocking(self, locked: Door, ostiary: Command) -> None:
        assert [each["email"] for each in ostiary.json("lockouts", "--active")] == [ADA]
        ostiary("unlock", ADA)
        assert ostiary.json("lockouts", "--active") == []
        assert [each["released_by"] for each in ostiary.json("lockouts")] == ["admin"]

    def test_can_be_read(self, locked: Door, ostiary: Command) -> None:
        headings, line = ostiary("lockouts").stdout.splitlines()
        assert headings.startswith("LOCKED AT")
        assert ADA in line
        assert line.endswith("active")

    def test_of_nobody_says_so(self, ostiary: Command) -> None:
        answered = ostiary("lockouts", "--active")
        assert (answered.returncode, answered.stdout) == (0, "Nobody is locked.\n")
