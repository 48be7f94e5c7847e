"""Whoever reads the letter proves the address: once, within a day, by any unexpired letter."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.app_client import PASSWORD, Door

ADA = "ada@example.com"
Later = Callable[..., None]


class TestTheTokenInTheLetter:
    @pytest.fixture
    def token(self, door: Door) -> str:
        door.register(ADA)
        return door.token(ADA)

    def test_proves_the_address(self, door: Door, token: str) -> None:
        tokens = door.verify(token).json
        assert door.get("/v1/auth/me", tokens["access_token"]).json["email_verified"] is True
        assert door.log_in(ADA).status_code == 200

    def test_may_be_sent_again(self, door: Door, token: str) -> None:
        assert [door.verify(token).status_code for _ in range(3)] == [200, 200, 200]

    def test_expires_after_a_day(self, door: Door, token: str, later: Later) -> None:
        later(days=1)
        refused = door.verify(token)
        assert (refused.status_code, refused.json["code"]) == (400, "token_expired")

    def test_is_good_until_then(self, door: Door, token: str, later: Later) -> None:
        later(hours=23, minutes=59)
        assert door.verify(token).status_code == 200

    def test_is_kept_as_a_digest_only(self, door: Door, token: str) -> None:
        stored = door.services.database.fetch_all("SELECT t::text FROM letter_token AS t")
        assert len(stored) == 1
        assert token not in stored[0].t

    def test_has_one_effect_when_used_fifty_times_at_once(self, door: Door, token: str) -> None:
        with ThreadPoolExecutor(10) as pool:
            answered = list(pool.map(lambda _: door.verify(token).status_code, range(50)))
        accounts = door.services.database.fetch_all("SELECT id FROM account")
        assert (set(answered), len(accounts)) == ({200}, 1)

    @pytest.mark.parametrize("forged", ["", "x", "x" * 43, "x" * 5000, "\u00fc" * 43, "%00"])
    def test_cannot_be_made_up(self, door: Door, token: str, forged: str) -> None:
        refused = door.verify(forged)
        assert (refused.status_code, refused.json["code"]) == (400, "token_invalid")


class TestALetterAskedForAgain:
    def test_works_like_the_first(self, door: Door) -> None:
        door.register(ADA)
        assert door.post("/v1/auth/verify-email/resend", email=ADA).status_code == 202
        assert door.verify(door.token(ADA)).status_code == 200

    def test_leaves_the_first_one_good(self, door: Door) -> None:
        door.register(ADA)
        first = door.token(ADA)
        door.post("/v1/auth/verify-email/resend", email=ADA)
        assert (len(door.letters(ADA)), door.verify(first).status_code) == (2, 200)

    def test_works_after_another_was_used(self, door: Door) -> None:
        door.register(ADA)
        first = door.token(ADA)
        door.post("/v1/auth/verify-email/resend", email=ADA)
        door.verify(door.token(ADA))
        assert door.verify(first).status_code == 200

    @pytest.mark.parametrize("email", ["nobody@example.com", "known@example.com", "no address"])
    def test_goes_to_nobody_who_has_nothing_to_verify(self, door: Door, email: str) -> None:
        door.join("known@example.com")
        before = len(door.letters(email))
        answered = door.post("/v1/auth/verify-email/resend", email=email)
        assert (answered.status_code, len(door.letters(email))) == (202, before)


class TestRegistrationsConfirmedAtOnce:
    def test_make_one_account(self, door: Door) -> None:
        passwords = [f"{PASSWORD} {number}" for number in range(4)]
        tokens = [(door.register(ADA, each), door.token(ADA))[1] for each in passwords]
        with ThreadPoolExecutor(4) as pool:
            answered = pool.map(lambda *each: door.verify(*each).status_code, tokens, passwords)
            assert sorted(answered) == [200] + [401] * 3
        assert len(door.services.database.fetch_all("SELECT id FROM account")) == 1


class TestThePageBehindTheLink:
    def test_changes_nothing_when_it_is_opened(self, door: Door) -> None:
        door.register(ADA)
        link = f"/verify-email?token={door.token(ADA)}&utm_source=gateway"
        assert [door.get(link).status_code for _ in range(3)] == [200] * 3
        assert door.log_in(ADA).json["code"] == "invalid_credentials"

    def test_proves_the_address_by_its_form(self, door: Door) -> None:
        door.register(ADA)
        posted = door.send(
            "POST",
            "/verify-email",
            body=f"token={door.token(ADA)}&password=correct+horse+battery",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert posted.status_code == 200
        assert door.log_in(ADA).status_code == 200

    def test_says_that_a_bad_token_is_bad(self, door: Door) -> None:
        posted = door.send(
            "POST",
            "/verify-email",
            body="token=forged",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert posted.status_code == 400
        assert "text/html" in posted.headers["Content-Type"]
