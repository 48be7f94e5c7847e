"""A device is known by its token until it is revoked, or nobody has used it for a year."""

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.door import Door

ADA = "ada@example.com"
Later = Callable[..., None]


@pytest.fixture
def device(door: Door) -> str:
    return str(door.join(ADA)["device_token"])


@pytest.fixture
def account_id(door: Door, device: str) -> UUID:
    (row,) = door.services.database.fetch_all("SELECT id FROM account")
    return UUID(str(row.id))


def is_known(door: Door, device: str) -> bool:
    return bool(door.log_in(ADA, device=device).json["device_token"] == device)


class TestADevice:
    def test_is_listed_newest_first(self, door: Door, account_id: UUID, later: Later) -> None:
        later(days=1)
        door.log_in(ADA)
        listed = door.services.protection.devices.of(account_id)
        assert [each.created_at.day for each in listed] == [2, 1]

    def test_is_unknown_once_it_is_revoked(self, door: Door, device: str, account_id: UUID) -> None:
        devices = door.services.protection.devices
        assert devices.revoke(account_id, only=devices.of(account_id)[0].id) == 1
        assert not is_known(door, device)

    def test_is_revoked_with_all_the_others(
        self, door: Door, device: str, account_id: UUID
    ) -> None:
        door.log_in(ADA)
        assert door.services.protection.devices.revoke(account_id) == 2
        assert door.services.protection.devices.of(account_id) == []

    def test_stays_known_while_it_is_used(self, door: Door, device: str, later: Later) -> None:
        for _ in range(3):
            later(days=300)
            assert is_known(door, device)

    def test_is_forgotten_after_a_year(self, door: Door, device: str, later: Later) -> None:
        later(days=365)
        assert not is_known(door, device)

    def test_is_swept_a_day_after_it_is_forgotten(
        self, door: Door, device: str, later: Later
    ) -> None:
        later(days=365)
        door.services.expiry.expire_sessions()
        assert len(door.services.database.fetch_all("SELECT id FROM device")) == 1
        later(days=1)
        door.services.expiry.expire_sessions()
        assert door.services.database.fetch_all("SELECT id FROM device") == []
