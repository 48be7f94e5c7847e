"""`ostiary accounts create` opens the first administrator's account, and asks nobody."""

import json

from tests.commanding import Command, ostiary
from tests.door import PASSWORD, Door

__all__ = ["ostiary"]

ADA = "ada@example.com"
CREATE = ("accounts", "create", ADA, "--password-stdin")


class TestCreating:
    def test_opens_an_account_that_may_log_in(self, door: Door, ostiary: Command) -> None:
        assert ostiary(*CREATE, stdin=f"{PASSWORD}\n").returncode == 0
        assert door.log_in(ADA).status_code == 200
        assert door.letters(ADA) == []

    def test_opens_an_administrators(self, door: Door, ostiary: Command) -> None:
        created = json.loads(ostiary(*CREATE, "--admin", "--json", stdin=PASSWORD).stdout)
        assert (created["roles"], created["email_verified"]) == (["admin"], True)
        bearer = door.log_in(ADA).json["access_token"]
        assert door.get("/v1/admin/lockouts", bearer).status_code == 200

    def test_voids_what_others_have_claimed(self, door: Door, ostiary: Command) -> None:
        door.register(ADA, "somebody else's password")
        token = door.token(ADA)
        ostiary(*CREATE, stdin=PASSWORD)
        assert door.verify(token).json["code"] == "token_invalid"
        assert door.log_in(ADA).status_code == 200


class TestRefusing:
    def test_an_address_that_is_taken(self, door: Door, ostiary: Command) -> None:
        door.join(ADA)
        refused = ostiary(*CREATE, stdin="another good password")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "already" in refused.stderr

    def test_a_password_that_is_too_common(self, ostiary: Command) -> None:
        assert ostiary(*CREATE, stdin="password1").returncode == 1

    def test_to_ask_without_a_terminal(self, ostiary: Command) -> None:
        refused = ostiary("accounts", "create", ADA)
        assert refused.returncode == 2
        assert "--password-stdin" in refused.stderr
