"""After a restore nothing is good that may have been used, ended or leaked since the backup."""

import pytest

from tests.app_client import PASSWORD, Door, OpenDoor
from tests.command_line_fixture import Command, ostiary

__all__ = ["ostiary"]

ADA = "ada@example.com"
NEW_PASSWORD = "other horse battery"


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    return open_door()


class TestARestoredDatabase:
    def test_takes_no_refresh_token(self, door: Door) -> None:
        tokens = door.join(ADA)
        door.services.restoring.void()
        assert door.refresh(tokens["refresh_token"]).json["code"] == "refresh_token_invalid"

    def test_takes_no_access_token(self, door: Door) -> None:
        tokens = door.join(ADA)
        door.services.restoring.void()
        assert door.get("/v1/auth/me", bearer=tokens["access_token"]).status_code == 401

    def test_takes_no_letter_that_works_once(self, door: Door) -> None:
        door.join(ADA)
        door.post("/v1/auth/password/forgot", email=ADA)
        token = door.token(ADA)
        door.services.restoring.void()
        reset = door.post("/v1/auth/password/reset", token=token, password=NEW_PASSWORD)
        assert reset.json["code"] == "token_invalid"

    def test_takes_the_letter_that_proves_an_address(self, door: Door) -> None:
        door.register(ADA)
        token = door.token(ADA)
        door.services.restoring.void()
        assert door.verify(token).status_code == 200

    def test_lets_people_log_in(self, door: Door) -> None:
        door.join(ADA)
        door.services.restoring.void()
        tokens = door.log_in(ADA, PASSWORD).json
        assert door.get("/v1/auth/me", bearer=tokens["access_token"]).status_code == 200

    def test_trusts_no_key_of_the_backup(self, door: Door) -> None:
        door.join(ADA)
        before = {key.kid for key in door.services.keys.newest()}
        door.services.restoring.void()
        assert before.isdisjoint(key.kid for key in door.services.keys.newest())

    def test_may_be_told_twice(self, door: Door) -> None:
        door.join(ADA)
        assert door.services.restoring.void() == (1, 0)
        assert door.services.restoring.void() == (0, 0)


def test_the_command_says_what_it_did(ostiary: Command) -> None:
    assert ostiary.json("restored") == {"sessions": 0, "letter_tokens": 0}
