"""`ostiary accounts` opens the first administrator's account, and decides who may use one."""

import json

from tests.app_client import PASSWORD, Door
from tests.command_line_fixture import Command, ostiary

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

    def test_voids_what_others_have_registered(self, door: Door, ostiary: Command) -> None:
        door.register(ADA, "somebody else's password")
        token = door.token(ADA)
        ostiary(*CREATE, stdin=PASSWORD)
        refused = door.verify(token, "somebody else's password")
        assert refused.json["code"] == "invalid_credentials"
        body = {"token": token, "password": "somebody else's password"}
        assert door.post("/v1/auth/password/reset", **body).json["code"] == "token_invalid"
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


class TestLooking:
    def test_lists_the_newest_first(self, door: Door, ostiary: Command) -> None:
        door.join(ADA)
        door.join("bob@example.com")
        headings, *rows = ostiary("accounts", "list").stdout.splitlines()
        assert headings.startswith("CREATED AT")
        assert [row.split()[2] for row in rows] == ["bob@example.com", ADA]

    def test_shows_one_in_any_spelling(self, door: Door, ostiary: Command) -> None:
        door.join(ADA)
        shown = ostiary("accounts", "show", "ADA@Example.com")
        assert "State       open\n" in shown.stdout
        assert ostiary.json("accounts", "show", ADA) == ostiary.json("accounts", "list")[0]

    def test_says_that_there_is_none(self, ostiary: Command) -> None:
        assert ostiary("accounts", "list").stdout == "Nobody has an account.\n"
        for verb in ("show", "disable", "enable", "delete"):
            refused = ostiary("accounts", verb, ADA)
            assert (refused.returncode, refused.stdout) == (1, "")
            assert refused.stderr == f"Error: {ADA} has no account.\n"


class TestDeciding:
    def test_disables_an_account_and_ends_its_sessions(self, door: Door, ostiary: Command) -> None:
        bearer = door.join(ADA)["access_token"]
        told = ostiary("accounts", "disable", ADA)
        assert told.stdout == f"{ADA} is disabled, and its sessions have ended.\n"
        assert "disabled since" in ostiary("accounts", "list").stdout
        assert door.get("/v1/auth/me", bearer).status_code == 401
        assert door.log_in(ADA).json["code"] == "account_disabled"

    def test_enables_it_again(self, door: Door, ostiary: Command) -> None:
        door.join(ADA)
        assert ostiary.json("accounts", "disable", ADA)["disabled_at"]
        assert ostiary.json("accounts", "enable", ADA)["disabled_at"] is None
        assert door.log_in(ADA).status_code == 200

    def test_deletes_one_without_asking(self, door: Door, ostiary: Command) -> None:
        door.join(ADA)
        assert ostiary("accounts", "delete", ADA).stdout == f"{ADA} is deleted.\n"
        assert ostiary("accounts", "show", ADA).returncode == 1

    def test_includes_the_last_administrators(self, door: Door, ostiary: Command) -> None:
        ostiary(*CREATE, "--admin", stdin=PASSWORD)
        assert ostiary("accounts", "disable", ADA).returncode == 0
