"""One mailbox, one owner: what a stranger does with an address gains nothing and costs nothing."""

from collections.abc import Callable
from uuid import UUID

import pytest

from ostiary.errors import Unauthenticated
from tests.app_client import PASSWORD, Door, OpenDoor

VICTIM = "victim@example.com"
OTHER = "the password of a stranger"
NEW = "a password chosen later"
RESET = "/v1/auth/password/reset"
FORGOT = "/v1/auth/password/forgot"
RESEND = "/v1/auth/verify-email/resend"
ME = "/v1/auth/me"
Later = Callable[..., None]


@pytest.fixture
def unproven(open_door: OpenDoor) -> Door:
    """Accounts open without proof here."""
    return open_door(AUTH_EMAIL_VERIFICATION_REQUIRED="false")


def reset(door: Door, token: str, password: str = NEW) -> int:
    return door.post(RESET, token=token, password=password).status_code


def account_of(door: Door) -> UUID:
    account = door.services.accounts.directory.find(VICTIM)
    assert account
    return account.id


class TestTwoDomainsThatLookAlike:
    STRASSE, STRASZE = "v@strasse.example", "v@straße.example"

    def test_keep_their_tokens_apart(self, door: Door) -> None:
        door.register(self.STRASZE)
        door.post(FORGOT, email=self.STRASZE)
        token = door.token(self.STRASZE)
        door.join(self.STRASSE, OTHER)
        reset(door, token)
        assert door.log_in(self.STRASSE, NEW).status_code == 401
        assert door.log_in(self.STRASZE, NEW).status_code == 200

    def test_are_two_accounts(self, unproven: Door, open_door: OpenDoor) -> None:
        unproven.register(self.STRASZE, OTHER)
        door = open_door()
        tokens = door.join(self.STRASSE)
        assert door.get(ME, tokens["access_token"]).json["email"] == self.STRASSE
        assert door.log_in(self.STRASSE, OTHER).status_code == 401

    def test_are_one_as_unicode_and_as_idna(self, door: Door) -> None:
        door.join("ada@bücher.example")
        assert door.log_in("ada@xn--bcher-kva.example").status_code == 200
        assert door.log_in("ada@BÜCHER.example").status_code == 200


class TestOneMailboxInManySpellings:
    @pytest.mark.parametrize(
        "email",
        [
            "v@exam\ufe0fple.com",
            "v@example\u3002com",
            "v@exam\u00adple.com",
            "v@\uff45xample.com",
            "\uff56@example.com",
            "v\u3164@example.com",
            "ve\u0301@example.com",
            "v@xn--example-.com",
        ],
    )
    def test_is_one_address(self, door: Door, email: str) -> None:
        refused = door.register(email)
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (
            422,
            "email_unacceptable",
        )

    def test_has_one_limit_of_letters(self, open_door: OpenDoor) -> None:
        door = open_door(RATE_LIMIT_MAIL="2/h")
        for email in ("v@bücher.example", "v@xn--bcher-kva.example", "V@BÜCHER.example"):
            door.register(email)
        door.work()
        assert len(door.letterbox.letters()) == 2


class TestAStrangerWhoRegistersFirst:
    @pytest.fixture
    def door(self, open_door: OpenDoor) -> Door:
        """Five letters an hour went to what the stranger registered."""
        door = open_door(RATE_LIMIT_MAIL="5/h")
        for _ in range(5):
            door.register(VICTIM, OTHER)
        return door

    def test_does_not_keep_the_owner_from_registering(self, door: Door) -> None:
        door.register(VICTIM)
        for letter in range(5):
            token = door.letters(VICTIM)[letter].links[0].partition("token=")[2]
            assert door.verify(token).status_code == 200

    def test_gains_nothing_when_the_owner_confirms(self, door: Door) -> None:
        door.register(VICTIM)
        door.verify(door.token(VICTIM))
        assert door.log_in(VICTIM, OTHER).status_code == 401
        assert door.log_in(VICTIM).status_code == 200

    def test_does_not_keep_the_owner_from_a_reset_letter(self, door: Door) -> None:
        door.post(FORGOT, email=VICTIM)
        assert reset(door, door.token(VICTIM)) == 200

    def test_does_not_push_out_the_owner_whose_letter_leads_in_all_the_same(
        self, open_door: OpenDoor
    ) -> None:
        door = open_door()
        door.register(VICTIM)
        token = door.token(VICTIM)
        for _ in range(21):
            door.register(VICTIM, OTHER)
        assert door.verify(token).status_code == 401
        assert reset(door, token) == 200
        assert door.log_in(VICTIM, NEW).status_code == 200


class TestAStrangerWhoRegistersLater:
    def test_does_not_change_whose_letter_is_asked_for_again(self, door: Door) -> None:
        door.register(VICTIM)
        door.register(VICTIM, OTHER)
        door.post(RESEND, email=VICTIM)
        assert door.verify(door.token(VICTIM)).status_code == 200
        assert door.log_in(VICTIM, OTHER).status_code == 401

    def test_leaves_at_most_twenty_registrations(self, door: Door) -> None:
        for _ in range(25):
            door.register(VICTIM, OTHER)
        (left,) = door.services.database.fetch_all("SELECT count(*) FROM pending_registration")
        assert left.count == 20


class TestRegisteringAndLoggingIn:
    def test_tell_nothing_about_an_address_together(self, door: Door) -> None:
        door.join("known@example.com")
        seen = []
        for email in ("known@example.com", "unknown@example.com"):
            registered, answered = door.register(email, OTHER), door.log_in(email, OTHER)
            headers = {**answered.headers, "x-request-id": ""}
            body = {**answered.json, "request_id": ""}
            seen.append((registered.text, answered.status_code, headers, body, len(answered.text)))
        assert seen[0] == seen[1]
        assert seen[0][1] == 401


class TestAnAccountOpenedWithoutProof:
    def test_goes_on_with_its_password_whatever_strangers_register(
        self, unproven: Door, open_door: OpenDoor
    ) -> None:
        unproven.register(VICTIM)
        door = open_door()
        door.register(VICTIM, OTHER)
        answered = door.log_in(VICTIM)
        assert (answered.status_code, answered.json["code"]) == (403, "email_not_verified")
        assert door.log_in(VICTIM, OTHER).status_code == 401

    def test_is_proven_by_its_own_password_and_keeps_its_sessions(
        self, unproven: Door, open_door: OpenDoor
    ) -> None:
        unproven.register(VICTIM)
        before = unproven.log_in(VICTIM).json
        door = open_door()
        door.post(RESEND, email=VICTIM)
        assert door.verify(door.token(VICTIM)).status_code == 200
        assert door.get(ME, before["access_token"]).json["email_verified"] is True

    def test_takes_the_password_of_the_registration_that_is_picked(
        self, unproven: Door, open_door: OpenDoor
    ) -> None:
        unproven.register(VICTIM, OTHER, display_name="A stranger")
        squatter = unproven.log_in(VICTIM, OTHER).json
        door = open_door()
        door.register(VICTIM, display_name="The owner")
        tokens = door.verify(door.token(VICTIM)).json
        assert door.get(ME, tokens["access_token"]).json["display_name"] == "The owner"
        assert door.get(ME, squatter["access_token"]).status_code == 401
        assert door.refresh(squatter["refresh_token"]).status_code == 401
        known = door.services.protection.devices
        account_id = account_of(door)
        assert known.find(account_id, squatter["device_token"]) is None

    def test_sends_no_notices_to_somebody_who_never_registered(self, unproven: Door) -> None:
        unproven.register(VICTIM, OTHER)
        tokens = unproven.log_in(VICTIM, OTHER).json
        before = len(unproven.letters(VICTIM))
        for number in range(3):
            body = {"current_password": OTHER, "new_password": f"{OTHER} {number}"}
            tokens = unproven.post("/v1/auth/password/change", tokens["access_token"], **body).json
            unproven.post(
                "/v1/auth/password/change",
                tokens["access_token"],
                current_password=f"{OTHER} {number}",
                new_password=OTHER,
            )
            tokens = unproven.log_in(VICTIM, OTHER).json
        assert len(unproven.letters(VICTIM)) == before

    def test_in_another_spelling_keeps_nobody_from_choosing_a_password(
        self, unproven: Door, open_door: OpenDoor
    ) -> None:
        unproven.register(VICTIM.upper(), OTHER)
        door = open_door()
        door.register(VICTIM)
        assert reset(door, door.token(VICTIM)) == 200
        tokens = door.log_in(VICTIM, NEW).json
        assert door.get(ME, tokens["access_token"]).json["email"] == VICTIM
        assert door.log_in(VICTIM, OTHER).status_code == 401

    def test_leaves_its_letters_to_the_owner_however_often_it_is_deleted(
        self, open_door: OpenDoor
    ) -> None:
        door = open_door(AUTH_EMAIL_VERIFICATION_REQUIRED="false", RATE_LIMIT_MAIL="2/h")
        for _ in range(2):
            door.register(VICTIM, OTHER)
            door.post(FORGOT, email=VICTIM)
            door.work()
            bearer = door.log_in(VICTIM, OTHER).json["access_token"]
            door.send("DELETE", ME, bearer=bearer, json={"password": OTHER})
        door.register(VICTIM, OTHER)
        assert reset(door, door.token(VICTIM)) == 200
        assert door.log_in(VICTIM, NEW).status_code == 200

    def test_takes_no_letter_from_the_owner_by_registering_again(self, open_door: OpenDoor) -> None:
        door = open_door(AUTH_EMAIL_VERIFICATION_REQUIRED="false", RATE_LIMIT_MAIL="5/h")
        door.register(VICTIM)
        assert {door.register(VICTIM, OTHER).status_code for _ in range(5)} == {409}
        door.post(RESEND, email=VICTIM)
        assert len(door.letters(VICTIM)) == 2

    def test_loses_its_name_with_the_password(self, unproven: Door) -> None:
        unproven.register(VICTIM, OTHER, display_name="A stranger")
        assert reset(unproven, unproven.token(VICTIM)) == 200
        tokens = unproven.log_in(VICTIM, NEW).json
        assert unproven.get(ME, tokens["access_token"]).json["display_name"] is None

    def test_is_not_unlocked_by_its_letter_once_it_is_the_owners(
        self, unproven: Door, open_door: OpenDoor, later: Later
    ) -> None:
        unproven.register(VICTIM.upper(), OTHER)
        for _ in range(6):
            unproven.log_in(VICTIM.upper(), "a wrong password")
        token = unproven.token(VICTIM.upper())
        later(minutes=16)
        door = open_door()
        door.register(VICTIM)
        assert door.verify(door.token(VICTIM)).status_code == 200
        assert door.post("/v1/auth/unlock", token=token).json["code"] == "token_invalid"

    def test_ends_nothing_of_the_owners_by_what_was_under_way(
        self, unproven: Door, open_door: OpenDoor
    ) -> None:
        """Its session was looked at, and its password proven, before the owner took it over."""
        unproven.register(VICTIM, OTHER)
        squatter = unproven.log_in(VICTIM, OTHER).json["access_token"]
        caller = unproven.services.sessions.resume(squatter)
        own = unproven.services.accounts.own_password
        proven = own.prove(caller.account_id, OTHER, caller.knock("192.0.2.1"))
        door = open_door()
        door.register(VICTIM)
        tokens = door.verify(door.token(VICTIM)).json
        with pytest.raises(Unauthenticated):
            unproven.services.sessions.end_others(caller)
        assert unproven.services.accounts.erasure.erase_own(proven) is False
        assert door.get(ME, tokens["access_token"]).status_code == 200

    def test_has_no_letter_left_that_leads_into_the_owners(
        self, unproven: Door, open_door: OpenDoor
    ) -> None:
        unproven.register(VICTIM.upper(), OTHER)
        unproven.post(FORGOT, email=VICTIM.upper())
        old = unproven.token(VICTIM.upper())
        door = open_door()
        door.register(VICTIM)
        assert door.verify(door.token(VICTIM)).status_code == 200
        assert reset(door, old) == 400
        assert door.log_in(VICTIM).status_code == 200

    def test_cannot_end_the_owners_registration_by_being_deleted(
        self, unproven: Door, open_door: OpenDoor
    ) -> None:
        unproven.register(VICTIM, OTHER)
        squatter = unproven.log_in(VICTIM, OTHER).json["access_token"]
        door = open_door()
        door.register(VICTIM)
        token = door.token(VICTIM)
        deleted = door.send("DELETE", ME, bearer=squatter, json={"password": OTHER})
        assert (deleted.status_code, door.verify(token).status_code) == (204, 200)

    def test_cannot_void_the_letters_of_the_mailbox_by_a_change(
        self, unproven: Door, open_door: OpenDoor
    ) -> None:
        unproven.register(VICTIM, OTHER)
        token = unproven.token(VICTIM)
        tokens = unproven.log_in(VICTIM, OTHER).json
        body = {"current_password": OTHER, "new_password": f"{OTHER} again"}
        assert (
            unproven.post("/v1/auth/password/change", tokens["access_token"], **body).status_code
            == 200
        )
        assert reset(unproven, token) == 200


class TestALetterOfVerification:
    def test_works_again_as_a_copy_after_the_first_was_used(self, door: Door) -> None:
        door.register(VICTIM)
        first = door.token(VICTIM)
        door.post(RESEND, email=VICTIM)
        second = door.token(VICTIM)
        assert [door.verify(each).status_code for each in (first, second, first)] == [200] * 3

    def test_leads_nowhere_without_the_password(self, door: Door) -> None:
        door.register(VICTIM)
        refused = door.verify(door.token(VICTIM), OTHER)
        assert (refused.status_code, refused.json["code"]) == (401, "invalid_credentials")

    def test_spends_the_budget_of_the_address_with_wrong_passwords(self, door: Door) -> None:
        door.register(VICTIM)
        token = door.token(VICTIM)
        answers = [door.verify(token, OTHER).status_code for _ in range(6)]
        assert answers == [401] * 5 + [429]
        assert door.log_in(VICTIM, OTHER).json["code"] == "login_locked"

    def test_lets_its_reader_choose_a_password_once(self, door: Door) -> None:
        door.register(VICTIM, OTHER)
        token = door.token(VICTIM)
        assert [reset(door, token), reset(door, token, OTHER)] == [200, 400]
        assert door.log_in(VICTIM, NEW).status_code == 200
        assert door.verify(token, NEW).status_code == 200

    def test_chooses_no_password_once_the_address_is_proven(self, door: Door) -> None:
        door.register(VICTIM)
        token = door.token(VICTIM)
        door.verify(token)
        assert reset(door, token) == 400

    def test_says_when_and_from_where_the_registration_came(self, door: Door) -> None:
        door.register(VICTIM)
        text = door.letters(VICTIM)[0].text
        assert "12:00 UTC on 1 March 2026" in text
        assert "127.0.0.0/24" in text

    def test_gives_the_account_the_spelling_it_was_sent_to(self, door: Door) -> None:
        door.register("Victim@Example.com")
        token = door.token("Victim@Example.com")
        door.register("victim@example.com", OTHER)
        tokens = door.verify(token, OTHER).json
        assert door.get(ME, tokens["access_token"]).json["email"] == "Victim@Example.com"

    def test_of_another_spelling_chooses_no_password_of_the_account(self, door: Door) -> None:
        door.register("VICTIM@example.com", OTHER)
        token = door.token("VICTIM@example.com")
        door.post(FORGOT, email="VICTIM@example.com")
        forgotten = door.token("VICTIM@example.com")
        door.join(VICTIM)
        assert [reset(door, token), reset(door, forgotten)] == [400, 400]
        assert door.log_in(VICTIM).status_code == 200


class TestALetterToAKnownAddress:
    def test_leads_to_a_new_password(self, door: Door) -> None:
        door.join(VICTIM)
        door.register(VICTIM, OTHER)
        assert reset(door, door.token(VICTIM)) == 200
        assert door.log_in(VICTIM, NEW).status_code == 200

    def test_does_not_go_to_a_disabled_account(self, door: Door) -> None:
        door.join(VICTIM)
        door.services.accounts.administration.disable(account_of(door), by=None)
        before = len(door.letters(VICTIM))
        door.register(VICTIM, OTHER)
        assert len(door.letters(VICTIM)) == before


class TestAskingForLettersOfNobody:
    def test_keeps_no_letter_from_an_owner_who_registers_afterwards(
        self, open_door: OpenDoor
    ) -> None:
        door = open_door(RATE_LIMIT_MAIL="5/h")
        for _ in range(6):
            door.post(RESEND, email=VICTIM)
            door.post(FORGOT, email=VICTIM)
        door.register(VICTIM)
        assert door.verify(door.token(VICTIM)).status_code == 200
        door.post(FORGOT, email=VICTIM)
        assert reset(door, door.token(VICTIM)) == 200


class TestKindsOfLetters:
    def test_are_counted_apart(self, open_door: OpenDoor) -> None:
        door = open_door(RATE_LIMIT_MAIL="5/h")
        door.join(VICTIM)
        for _ in range(5):
            door.register(VICTIM, OTHER)
        door.post(FORGOT, email=VICTIM)
        assert "password" in door.letters(VICTIM)[0].subject


class TestAChangeOfPassword:
    def test_voids_the_old_pair_and_answers_with_a_new_one(self, door: Door) -> None:
        old = door.join(VICTIM)
        body = {"current_password": PASSWORD, "new_password": NEW}
        new = door.post("/v1/auth/password/change", old["access_token"], **body).json
        assert new["session_id"] == old["session_id"]
        assert door.get(ME, old["access_token"]).status_code == 401
        assert door.refresh(old["refresh_token"]).json["code"] == "refresh_token_invalid"
        assert door.get(ME, new["access_token"]).status_code == 200
        assert door.refresh(new["refresh_token"]).status_code == 200


class TestATokenOfADeletedAccount:
    def test_is_worth_nothing_to_who_comes_next(self, door: Door, later: Later) -> None:
        tokens = door.join(VICTIM)
        door.post(FORGOT, email=VICTIM)
        token = door.token(VICTIM)
        door.send("DELETE", ME, bearer=tokens["access_token"], json={"password": PASSWORD})
        door.join(VICTIM, OTHER)
        assert reset(door, token) == 400
