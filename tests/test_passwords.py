"""A password is refused where it would be guessed early, and the reason has a code of its own."""

from typing import Any

import pytest
from falcon.testing import Result

from ostiary.accounts.passwords import REASONS, PasswordPolicy
from ostiary.errors import PasswordUnacceptable
from tests.app_client import Door, OpenDoor

ADA = "ada.lovelace@example.com"
SITE = {"APP_NAME": "Söhne & Co, Bank24", "PUBLIC_URL": "https://id.xn--bcher-kva.example:8443"}
REFUSED = {
    "password_too_short": ["seven77", "", "a", "e\u0301" * 7],
    "password_too_long": ["correct horse " * 10, "x" * 10_000, "\ufdfa" * 8],
    "password_common": [
        "password1",
        "PassWord1",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11",
        "pass\u200bword1",
        "qwertyuiop",
    ],
    "password_is_email": [
        *(ADA, ADA.upper(), f"{ADA}1", f"{ADA}!!!!", "ada.lovelace", "Ada.Lovelace2026"),
        *("ada.lovelace 12", "ada.lovelace?", "ada.love\u00adlace"),
    ],
    "password_is_service_name": [
        *(
            "ostiary123",
            "Ostiary1",
            "OSTIARY 12",
            "ostiary\u0663\u0664",
            "Example!!",
            "example2026",
        ),
        *("söhne123", "SO\u0308HNE1234", "bücher12", "bank1234", "bank24!!"),
    ],
    "password_repeats_one_character": [
        *("aaaaaaaa", "AaAaAaAa", "11111111", "........", "é" * 12, "a" + "\u200b" * 7),
        "\N{GRINNING FACE}" * 8,
    ],
    "password_is_a_sequence": [
        *("abcdefgh", "HGFEDCBA", "12345678", "87654321", "1234567890", "0987654321"),
        *("6789012345", "\u0430\u0431\u0432\u0433\u0434\u0435\u0436\u0437", "aBcDeFgHiJ"),
    ],
    "password_invisible": [
        *(" " * 8, "\u200b" * 8, "\u3164" * 8, "\u2800" * 8, "\u00a0" * 8, "\u115f\u1160" * 5),
        *("\ufe0f" * 9, "\u2003\u3000 \u200d\u2060\ufeff\u00ad\u180e", "\U000e0041" * 8),
    ],
}
ACCEPTED = [
    *("correct horse battery", "my ostiary is mine", "ostiaryostiary", "ostiary12345", "12ostiary"),
    *("ada.lovelaces", "ada.lovelace12345", "example of a phrase", "söhnebank", "abcdefgh1"),
    *(
        "aaaaaaab",
        "1234567809",
        "12121212ab",
        "eight 88",
        "\u200bcorrect horse",
        "\u043f\u0430\u0440\u043e\u043b\u044c \u043d\u0435 \u0442\u043e\u0442",
    ),
    *(
        "x" * 127 + "y",
        "\ud55c\uad6d\uc5b4\uc554\ud638\uc785\ub2c8\ub2e4",
        "\U0001f44d\U0001f3fd\U0001f44e\U0001f3fd" * 4,
    ),
]


def pairs() -> list[tuple[str, str]]:
    return [(code, password) for code, passwords in REFUSED.items() for password in passwords]


def name_of(value: object) -> str:
    return ascii(value)[:40]


@pytest.fixture
def site(open_door: OpenDoor) -> Door:
    return open_door(**SITE)


def faults(refused: Result) -> list[dict[str, Any]]:
    assert (refused.status_code, refused.json["code"]) == (422, "password_unacceptable")
    return [{**fault, "message": ""} for fault in refused.json["errors"]]


class TestAPasswordThatWouldBeGuessed:
    @pytest.mark.parametrize(("code", "password"), pairs(), ids=name_of)
    def test_is_refused_with_its_reason(self, site: Door, code: str, password: str) -> None:
        refused = site.register(ADA, password)
        assert [(fault["pointer"], fault["code"]) for fault in faults(refused)] == [
            ("#/password", code)
        ]
        assert refused.json["detail"] == refused.json["errors"][0]["message"]

    @pytest.mark.parametrize("password", ACCEPTED, ids=name_of)
    def test_is_not_one_that_holds_more_than_a_word(self, site: Door, password: str) -> None:
        assert site.register(ADA, password).status_code == 202

    def test_is_told_with_the_numbers_in_its_reason(self, open_door: OpenDoor) -> None:
        door = open_door(AUTH_PASSWORD_MIN_LENGTH="15")
        where = {"pointer": "#/password", "message": ""}
        assert faults(door.register(ADA, "fourteen chars")) == [
            {**where, "code": "password_too_short", "minimum": 15}
        ]
        assert faults(door.register(ADA, "correct horse " * 10)) == [
            {**where, "code": "password_too_long", "maximum": 128}
        ]

    def test_is_pointed_at_where_there_is_an_old_one_too(self, door: Door) -> None:
        bearer = door.join(ADA)["access_token"]
        passwords = {"current_password": "correct horse battery", "new_password": "ostiary123"}
        refused = door.post("/v1/auth/password/change", bearer, **passwords)
        assert [(fault["pointer"], fault["code"]) for fault in faults(refused)] == [
            ("#/new_password", "password_is_service_name")
        ]


class TestAnAddressInLetters:
    @pytest.mark.parametrize("email", ["v@bücher.example", "v@xn--bcher-kva.example"])
    @pytest.mark.parametrize("password", ["v@bücher.example", "V@BÜCHER.example1"])
    def test_is_no_password_however_it_is_kept(self, email: str, password: str) -> None:
        with pytest.raises(PasswordUnacceptable) as refused:
            PasswordPolicy(8).check(password, email=email)
        assert refused.value.faults[0][1].code == "password_is_email"

    @pytest.mark.parametrize("email", ["", "@", "xn--", "a@xn--", "a@xn--\udcff", "a@xn--é.b"])
    def test_may_be_none(self, email: str) -> None:
        PasswordPolicy(8).check("correct horse battery", email=email)


class TestAControlCharacter:
    @pytest.mark.parametrize("password", ["another\0battery", "line\nbreak", "\ud800" * 8])
    def test_is_no_part_of_a_password(self, password: str) -> None:
        with pytest.raises(PasswordUnacceptable) as refused:
            PasswordPolicy(8).check(password, email=ADA)
        assert refused.value.faults[0][1].code == "password_unprintable"


def test_every_reason_is_tried() -> None:
    assert {*REFUSED, "password_unprintable"} == set(REASONS)
