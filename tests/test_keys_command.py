"""`ostiary keys` lists, rotates and reseals the signing keys."""

import pytest

from tests.app_client import Door, OpenDoor
from tests.command_line_fixture import Command, ostiary

__all__ = ["ostiary"]

ADA = "ada@example.com"
# The secret of the command's own environment.
SECRET = "k" * 32


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    door = open_door(SECRET_KEYS=SECRET)
    door.join(ADA)
    return door


class TestListing:
    def test_shows_a_table(self, door: Door, ostiary: Command) -> None:
        headings, row = ostiary("keys", "list").stdout.splitlines()
        assert headings.split()[:2] == ["KID", "STATE"]
        assert row.split()[:2] == [door.services.signing_keys.signing().kid, "active"]
        assert row.endswith("the newest secret")

    def test_shows_a_document(self, door: Door, ostiary: Command) -> None:
        (shown,) = ostiary.json("keys", "list")
        assert (shown["state"], shown["sealed_by"], shown["gone_at"]) == ("active", "newest", None)
        assert not {"public_jwk", "sealed_private_key"} & shown.keys()

    def test_says_that_there_is_none(self, ostiary: Command) -> None:
        assert "no key yet" in ostiary("keys", "list").stdout
        assert ostiary.json("keys", "list") == []


class TestRotating:
    def test_publishes_a_key(self, door: Door, ostiary: Command) -> None:
        said = ostiary("keys", "rotate").stdout
        assert "is published, and active from" in said
        assert ostiary.json("keys", "rotate")["kid"] == said.split()[0]

    def test_in_an_emergency_replaces_all(self, door: Door, ostiary: Command) -> None:
        made = ostiary.json("keys", "rotate", "--emergency")
        assert [key["kid"] for key in ostiary.json("keys", "list")] == [made["kid"]]
        assert made["state"] == "active"


class TestResealing:
    def test_names_what_it_has_sealed(self, door: Door, ostiary: Command) -> None:
        kid = door.services.signing_keys.signing().kid
        assert ostiary.json("keys", "reseal") == {"resealed": [kid], "unopened": []}
        assert ostiary("keys", "reseal").stdout == f"{kid}: sealed by the newest secret.\n"

    def test_says_no_when_a_key_stays_closed(self, open_door: OpenDoor, ostiary: Command) -> None:
        open_door(SECRET_KEYS="x" * 40).get("/.well-known/jwks.json")
        refused = ostiary("keys", "reseal")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "SECRET_KEYS" in refused.stderr
        assert "NONE OF THE SECRETS" in ostiary("keys", "list").stdout
