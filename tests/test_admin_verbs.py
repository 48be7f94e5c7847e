"""Administrators invite, give roles, search, start a reset and end the sessions of an account."""

from typing import Any

import pytest
from falcon.testing import Result

from tests.app_client import PASSWORD, Door

ADMIN, ADA = "admin@example.com", "ada@example.com"
ACCOUNTS = "/v1/admin/accounts"
ME = "/v1/auth/me"
NEW = "a password chosen later"


@pytest.fixture
def bearer(door: Door) -> str:
    door.services.accounts.administration.create(ADMIN, PASSWORD, roles=["admin"])
    return str(door.log_in(ADMIN).json["access_token"])


@pytest.fixture
def ada(door: Door) -> dict[str, Any]:
    tokens = door.join(ADA)
    return {**tokens, "id": door.get(ME, tokens["access_token"]).json["id"]}


def put_roles(door: Door, bearer: str, account_id: str, roles: Any) -> Result:
    path = f"{ACCOUNTS}/{account_id}/roles"
    return door.send("PUT", path, bearer=bearer, json={"roles": roles})


def audited(door: Door, event: str) -> list[dict[str, Any]]:
    rows = door.services.database.fetch_all(
        "SELECT account_id, actor_id, detail FROM audit WHERE event = %(event)s", event=event
    )
    return [row._asdict() for row in rows]


class TestAnInvitation:
    def test_opens_an_account_without_a_password(self, door: Door, bearer: str) -> None:
        invited = door.post(ACCOUNTS, bearer, email=ADA, roles=["editor"], display_name="Ada")
        assert invited.status_code == 201
        assert (
            invited.json.items()
            >= {
                "email": ADA,
                "roles": ["editor"],
                "display_name": "Ada",
                "email_verified": False,
            }.items()
        )
        assert door.log_in(ADA, "").status_code in (401, 422)

    def test_lets_its_owner_choose_the_password(self, door: Door, bearer: str) -> None:
        door.post(ACCOUNTS, bearer, email=ADA, roles=["editor"])
        assert "invited" in door.letters(ADA)[0].subject
        chosen = door.post("/v1/auth/password/reset", token=door.token(ADA), password=NEW)
        assert chosen.status_code == 200
        account = door.get(ME, door.log_in(ADA, NEW).json["access_token"]).json
        assert (account["roles"], account["email_verified"]) == (["editor"], True)

    def test_leads_to_no_other_password_once_its_owner_has_proven_another(
        self, door: Door, bearer: str
    ) -> None:
        door.post(ACCOUNTS, bearer, email=ADA)
        invitation = door.token(ADA)
        door.register(ADA)
        assert door.verify(door.token(ADA)).status_code == 200
        refused = door.post("/v1/auth/password/reset", token=invitation, password=NEW)
        assert (refused.status_code, refused.json["code"]) == (400, "token_invalid")

    def test_is_for_nobody_who_reads_another_spelling(self, door: Door, bearer: str) -> None:
        door.post(ACCOUNTS, bearer, email="Ada@example.com", roles=["admin"])
        door.register(ADA)
        token = next(
            each.links[0].partition("token=")[2] for each in door.letters(ADA) if each.to == ADA
        )
        assert door.verify(token).status_code == 401
        chosen = door.post("/v1/auth/password/reset", token=token, password=NEW)
        assert chosen.status_code == 400

    def test_of_a_known_address_is_refused(self, door: Door, bearer: str, ada: Any) -> None:
        refused = door.post(ACCOUNTS, bearer, email="ADA@example.com")
        assert (refused.status_code, refused.json["code"]) == (409, "email_taken")

    @pytest.mark.parametrize(
        "body",
        [
            {"email": "no address"},
            {"email": ADA, "roles": ["Not A Role"]},
            {"email": ADA, "roles": "admin"},
            {"email": ADA, "locale": "not a tag"},
        ],
    )
    def test_that_is_malformed_is_refused(
        self, door: Door, bearer: str, body: dict[str, Any]
    ) -> None:
        assert door.post(ACCOUNTS, bearer, **body).status_code == 422

    def test_leaves_an_entry_with_its_roles(self, door: Door, bearer: str) -> None:
        door.post(ACCOUNTS, bearer, email=ADA, roles=["admin"])
        (entry,) = audited(door, "account_invited")
        assert entry["detail"]["roles"] == ["admin"]
        assert entry["actor_id"] is not None


class TestRoles:
    def test_are_replaced_as_a_whole(self, door: Door, bearer: str, ada: Any) -> None:
        put_roles(door, bearer, ada["id"], ["b-role", "a_role"])
        answered = put_roles(door, bearer, ada["id"], ["editor", "editor"])
        assert (answered.status_code, answered.json["roles"]) == (200, ["editor"])
        assert len(audited(door, "roles_changed")) == 2

    def test_hold_at_once(self, door: Door, bearer: str, ada: Any) -> None:
        put_roles(door, bearer, ada["id"], ["admin"])
        assert door.get(ACCOUNTS, ada["access_token"]).status_code == 200
        put_roles(door, bearer, ada["id"], [])
        assert door.get(ACCOUNTS, ada["access_token"]).status_code == 403

    def test_of_the_own_account_are_not_the_callers_to_set(self, door: Door, bearer: str) -> None:
        own = door.get(ME, bearer).json["id"]
        refused = put_roles(door, bearer, own, [])
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")

    def test_leave_the_last_administrator(self, door: Door, bearer: str) -> None:
        with pytest.raises(Exception, match="last account with the role admin"):
            door.services.accounts.roles.revoke(_id_of(door, ADMIN), "admin")

    @pytest.mark.parametrize("roles", [["1st"], ["x" * 33], ["a b"], [""], "admin", None, [1]])
    def test_are_words(self, door: Door, bearer: str, ada: Any, roles: Any) -> None:
        assert put_roles(door, bearer, ada["id"], roles).status_code == 422

    def test_of_nobody_are_not_found(self, door: Door, bearer: str) -> None:
        nobody = "01a23003-f234-77c9-8f9f-d259c6d38497"
        assert put_roles(door, bearer, nobody, []).status_code == 404


class TestASearch:
    @pytest.fixture(autouse=True)
    def accounts(self, door: Door) -> None:
        for email, name in (("ann@example.com", "Zoë"), ("bob_1@example.com", None)):
            door.register(email, display_name=name)
            door.verify(door.token(email))

    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("ann", ["ann@example.com"]),
            ("ANN@EX", ["ann@example.com"]),
            ("zo", ["ann@example.com"]),
            ("bob_", ["bob_1@example.com"]),
            ("bob%25", []),
            ("_nn", []),
            ("example", []),
        ],
    )
    def test_finds_by_the_beginning_of_address_or_name(
        self, door: Door, bearer: str, search: str, found: list[str]
    ) -> None:
        listed = door.get(f"{ACCOUNTS}?search={search}", bearer).json
        assert [each["email"] for each in listed["items"]] == found


class TestAResetByAnAdministrator:
    def test_sends_a_letter_and_changes_nothing_before(
        self, door: Door, bearer: str, ada: Any
    ) -> None:
        asked = door.post(f"{ACCOUNTS}/{ada['id']}/password-reset", bearer)
        assert asked.status_code == 202
        assert "new password" in door.letters(ADA)[0].subject
        assert door.log_in(ADA).status_code == 200

    def test_is_refused_for_a_disabled_account(self, door: Door, bearer: str, ada: Any) -> None:
        door.post(f"{ACCOUNTS}/{ada['id']}/disable", bearer)
        refused = door.post(f"{ACCOUNTS}/{ada['id']}/password-reset", bearer)
        assert (refused.status_code, refused.json["code"]) == (403, "account_disabled")


class TestEndingSessions:
    def test_ends_them_all_at_once(self, door: Door, bearer: str, ada: Any) -> None:
        ended = door.send("DELETE", f"{ACCOUNTS}/{ada['id']}/sessions", bearer=bearer)
        assert ended.status_code == 204
        assert door.get(ME, ada["access_token"]).status_code == 401
        assert door.refresh(ada["refresh_token"]).status_code == 401
        assert door.log_in(ADA).status_code == 200

    def test_of_nobody_is_not_found(self, door: Door, bearer: str) -> None:
        nobody = f"{ACCOUNTS}/01a23003-f234-77c9-8f9f-d259c6d38497/sessions"
        assert door.send("DELETE", nobody, bearer=bearer).status_code == 404


class TestAnAccountThatOpens:
    def test_leaves_one_entry(self, door: Door, ada: Any) -> None:
        (entry,) = audited(door, "account_opened")
        assert (str(entry["account_id"]), entry["detail"]["by"]) == (ada["id"], "verification")

    def test_is_recognisable_as_an_administrators(self, door: Door, bearer: str) -> None:
        (entry,) = audited(door, "account_created")
        assert entry["detail"]["roles"] == ["admin"]


def _id_of(door: Door, email: str) -> Any:
    account = door.services.accounts.directory.find(email)
    assert account
    return account.id
