"""A registration waits for its proof; only a letter and a password together make an account."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.app_client import PASSWORD, Door, OpenDoor

ADA = "Ada@Example.com"


class TestANewAddress:
    def test_is_promised_a_letter(self, door: Door) -> None:
        answered = door.register(ADA)
        assert (answered.status_code, answered.json) == (202, {"status": "verification_pending"})
        assert len(door.letters(ADA)) == 1

    def test_cannot_log_in_before_it_is_proven(self, door: Door) -> None:
        door.register(ADA)
        refused = door.log_in(ADA)
        assert (refused.status_code, refused.json["code"]) == (401, "invalid_credentials")


class TestAKnownAddress:
    def test_is_answered_like_a_new_one(self, door: Door) -> None:
        door.join(ADA)
        assert door.register(ADA).text == door.register("grace@example.com").text

    def test_gets_a_letter_that_says_so(self, door: Door) -> None:
        door.join(ADA)
        door.register("  ADA@example.COM ")
        assert "already" in door.letters(ADA)[0].text

    def test_keeps_its_password(self, door: Door) -> None:
        door.join(ADA)
        door.register(ADA, "the password of a stranger")
        assert door.log_in(ADA, "the password of a stranger").status_code == 401


class TestTheRegistrationThatIsPicked:
    @pytest.fixture
    def tokens(self, door: Door) -> list[str]:
        """One for each of two registrations of the same address."""
        return [
            (door.register(ADA, password), door.token(ADA))[1]
            for password in ("the first password", "the second password")
        ]

    def test_decides_which_password_counts(self, door: Door, tokens: list[str]) -> None:
        door.verify(tokens[1], "the first password")
        assert door.log_in(ADA, "the first password").status_code == 200
        assert door.log_in(ADA, "the second password").status_code == 401

    def test_voids_the_others(self, door: Door, tokens: list[str]) -> None:
        door.verify(tokens[0], "the first password")
        refused = door.verify(tokens[1], "the second password")
        assert (refused.status_code, refused.json["code"]) == (401, "invalid_credentials")


class TestFiftyRegistrationsAtOnce:
    def test_leave_twenty_of_which_one_becomes_the_account(self, door: Door) -> None:
        assert _at_once(door, 50) == Counter({202: 50})
        assert _registrations(door) == 20
        door.verify(door.token(ADA))
        assert (_registrations(door), door.log_in(ADA).status_code) == (0, 200)

    def test_open_one_account_where_no_proof_is_asked_for(self, open_door: OpenDoor) -> None:
        door = open_door(AUTH_EMAIL_VERIFICATION_REQUIRED="false")
        assert _at_once(door, 50) == Counter({201: 1, 409: 49})
        assert len(door.letters(ADA)) == 1


def _registrations(door: Door) -> int:
    return len(door.services.database.fetch_all("SELECT id FROM pending_registration"))


def _at_once(door: Door, times: int) -> Counter[int]:
    with ThreadPoolExecutor(10) as pool:
        return Counter(pool.map(lambda _: door.register(ADA).status_code, range(times)))


class TestWithoutProofOfAddresses:
    @pytest.fixture
    def door(self, open_door: OpenDoor) -> Door:
        return open_door(AUTH_EMAIL_VERIFICATION_REQUIRED="false")

    def test_an_account_opens_at_once(self, door: Door) -> None:
        opened = door.register(ADA, display_name="Ada")
        assert opened.status_code == 201
        assert opened.json.items() >= {"email": ADA, "email_verified": False}.items()
        assert door.log_in(ADA).status_code == 200

    def test_a_known_address_is_taken(self, door: Door) -> None:
        door.register(ADA)
        refused = door.register("ada@example.com")
        assert (refused.status_code, refused.json["code"]) == (409, "email_taken")

    def test_the_letter_goes_all_the_same(self, door: Door) -> None:
        tokens = (door.register(ADA), door.log_in(ADA).json)[1]
        door.verify(door.token(ADA))
        assert door.get("/v1/auth/me", tokens["access_token"]).json["email_verified"] is True

    def test_an_account_that_must_be_proven_later_cannot_be_taken_over(
        self, door: Door, open_door: OpenDoor, later: Callable[..., None]
    ) -> None:
        door.register(ADA, "the squatter's password")
        squatter = door.log_in(ADA, "the squatter's password").json
        later(minutes=1)
        stricter = open_door()
        stricter.register(ADA)
        stricter.verify(stricter.token(ADA))
        assert stricter.log_in(ADA, "the squatter's password").status_code == 401
        assert stricter.refresh(squatter["refresh_token"]).status_code == 401
        assert stricter.log_in(ADA).status_code == 200


class TestAPassword:
    @pytest.mark.parametrize(
        ("password", "reason"),
        [
            ("seven77", "shorter"),
            ("x" * 129, "longer"),
            ("x" * 10_000, "longer"),
            ("password1", "common"),
            ("PassWord1", "common"),
            ("ada@example.com", "address"),
            ("long.name", "address"),
        ],
    )
    def test_that_is_easily_guessed_is_refused(
        self, door: Door, password: str, reason: str
    ) -> None:
        email = "long.name@example.com" if password == "long.name" else ADA
        refused = door.register(email, password)
        assert (refused.status_code, refused.json["code"]) == (422, "password_unacceptable")
        assert [each["pointer"] for each in refused.json["errors"]] == ["#/password"]
        assert reason in refused.json["detail"]

    def test_of_128_characters_is_never_cut(self, door: Door) -> None:
        door.join(ADA, "x" * 127 + "y")
        assert door.log_in(ADA, "x" * 127 + "z").status_code == 401

    def test_is_compared_in_its_normal_form(self, door: Door) -> None:
        door.join(ADA, "caf\u00e9 au lait")
        assert door.log_in(ADA, "cafe\u0301 au lait").status_code == 200


class TestAnAddress:
    @pytest.mark.parametrize(
        "email", ["ada", "ada@", "@example.com", "a b@example.com", "ada@example.com\n.org"]
    )
    def test_that_is_none_is_refused_by_its_field(self, door: Door, email: str) -> None:
        refused = door.register(email)
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/email")

    def test_is_known_in_all_spellings(self, door: Door) -> None:
        door.join(ADA)
        assert door.log_in(" aDA@EXAMPLE.com ", PASSWORD).status_code == 200

    def test_is_shown_as_typed(self, door: Door) -> None:
        door.register(f" {ADA} ")
        door.verify(door.token(ADA))
        tokens = door.log_in(ADA).json
        assert door.get("/v1/auth/me", tokens["access_token"]).json["email"] == ADA
