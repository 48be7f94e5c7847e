"""`ostiary mail` lists letters, and tries one again or stops it."""

import pytest

from tests.app_client import Door
from tests.command_line_fixture import Command, ostiary

__all__ = ["ostiary"]

ADA = "ada@example.com"
UNKNOWN = "01a20799-e9a6-743a-8609-6faab50c5d60"


@pytest.fixture
def waiting(door: Door) -> str:
    door.register(ADA)
    (_, promise_id), *_ = door.nudges
    return str(promise_id)


class TestTheList:
    def test_says_what_became_of_each(self, ostiary: Command, waiting: str) -> None:
        listed = ostiary("mail", "list")
        headings, row = listed.stdout.splitlines()
        assert headings.split("  ")[0] == "ID"
        assert row.split()[:2] == [waiting, "2026-03-01"]
        assert row.split()[3:] == ["verification", ADA, "queued", "0"]

    def test_may_be_of_one_status(self, ostiary: Command, waiting: str) -> None:
        assert ostiary.json("mail", "list", "--status", "sent") == []
        (listed,) = ostiary.json("mail", "list", "--status", "queued")
        assert (listed["id"], listed["to"]) == (waiting, ADA)

    def test_says_that_there_is_nothing(self, ostiary: Command) -> None:
        listed = ostiary("mail", "list", "--status", "failed")
        assert (listed.returncode, listed.stdout) == (0, "No letter is failed.\n")

    def test_obeys_no_mail_server(self, ostiary: Command, door: Door, waiting: str) -> None:
        door.services.database.run("UPDATE outbox SET last_error = E'550 \\x1b[2Jgone'")
        assert "\x1b" not in ostiary("mail", "list").stdout


class TestALetter:
    def test_is_cancelled(self, ostiary: Command, door: Door, waiting: str) -> None:
        told = ostiary("mail", "cancel", waiting)
        assert told.returncode == 0
        assert told.stdout == f"The letter verification to {ADA} is cancelled.\n"
        assert door.letters(ADA) == []

    def test_is_retried(self, ostiary: Command, door: Door, waiting: str) -> None:
        ostiary("mail", "cancel", waiting)
        assert ostiary.json("mail", "retry", waiting)["status"] == "queued"

    def test_that_was_sent_is_beyond_it(self, ostiary: Command, door: Door, waiting: str) -> None:
        door.work()
        refused = ostiary("mail", "retry", waiting)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "already been sent" in refused.stderr

    def test_that_is_unknown_is_none(self, ostiary: Command) -> None:
        assert ostiary("mail", "cancel", UNKNOWN).returncode == 1
        assert ostiary("mail", "cancel", "x").returncode == 2
