"""An access token is a JWT that anybody can verify with the published keys, and nobody forge."""

import json
from base64 import b64encode
from itertools import product
from typing import Any

import jwt
import pytest
import structlog
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from falcon.testing import Result

from ostiary.sessions.signatures import MOST
from tests.app_client import Door, HeldClock, OpenDoor
from tests.forger import (
    Forger,
    encode,
    es256,
    hs256,
    jws,
    parts,
    private_key,
    public_key,
    verify_es256,
)

ADA = "ada@example.com"
ME = "/v1/auth/me"
JWKS = "/.well-known/jwks.json"
ISSUER = "http://localhost:3000"


@pytest.fixture
def token(door: Door) -> str:
    return str(door.join(ADA)["access_token"])


@pytest.fixture
def genuine(door: Door, token: str) -> Forger:
    """With the key of the house, so that only what a test changes is wrong."""
    [row] = door.services.database.fetch_all("SELECT sealed_private_key FROM signing_key")
    jwk = json.loads(door.services.signing_keys.vault.seal.decrypt(row.sealed_private_key))
    return Forger(*parts(token), es256(private_key(jwk)))


@pytest.fixture
def stranger(token: str) -> Forger:
    """With a key of their own."""
    return Forger(*parts(token), es256(ec.generate_private_key(ec.SECP256R1())))


@pytest.fixture
def published(door: Door, token: str) -> dict[str, str]:
    [key] = door.get(JWKS).json["keys"]
    return dict(key)


def ensure_refused(door: Door, token: str) -> None:
    refused = door.get(ME, token)
    assert (refused.status_code, refused.json["code"]) == (401, "unauthenticated")
    assert refused.headers["WWW-Authenticate"] == "Bearer"


class TestAnAccessToken:
    def test_is_verified_by_pyjwt(
        self, token: str, published: dict[str, str], clock: HeldClock
    ) -> None:
        with time_machine.travel(clock(), tick=False):
            key = jwt.PyJWK(published).key
            claims = jwt.decode(token, key, ["ES256"], audience=ISSUER, issuer=ISSUER)
        assert claims["exp"] - claims["iat"] == 15 * 60

    def test_is_verified_by_hand(self, token: str, published: dict[str, str]) -> None:
        verify_es256(token, published)

    def test_says_of_which_kind_it_is(self, token: str, published: dict[str, str]) -> None:
        header, _ = parts(token)
        assert header == {"alg": "ES256", "typ": "at+jwt", "kid": published["kid"]}

    def test_says_whom_it_speaks_for(self, door: Door, token: str) -> None:
        _, claims = parts(token)
        assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti", "roles"}
        assert claims["sub"] == door.get(ME, token).json["id"]

    def test_has_an_id_of_its_own(self, door: Door, token: str) -> None:
        other = door.log_in(ADA).json["access_token"]
        assert parts(other)[1]["jti"] != parts(token)[1]["jti"]

    def test_may_be_for_another_audience(self, open_door: OpenDoor) -> None:
        door = open_door(JWT_AUDIENCE="https://api.example.com")
        token = door.join(ADA)["access_token"]
        assert parts(token)[1]["aud"] == "https://api.example.com"
        assert door.get(ME, token).status_code == 200

    def test_ends_on_the_second(self, door: Door, token: str, clock: HeldClock) -> None:
        clock.advance(minutes=15, seconds=-1)
        assert door.get(ME, token).status_code == 200
        clock.advance(seconds=1)
        ensure_refused(door, token)

    def test_that_was_believed_makes_none_like_it_believable(
        self, door: Door, token: str, stranger: Forger
    ) -> None:
        assert door.get(ME, token).status_code == 200
        ensure_refused(door, stranger.with_header())

    def test_is_remembered_among_the_newest_only(self, door: Door, token: str) -> None:
        signatures = door.services.sessions.tokens.access.signatures
        key = door.services.signing_keys.signing()
        for number in range(MOST + 1):
            signatures.remember(str(number), signatures.verify(token, lambda _: key))
        assert len(signatures._known) == MOST
        assert door.get(ME, token).status_code == 200

    def test_made_by_our_own_hand_is_believed(self, door: Door, genuine: Forger) -> None:
        assert door.get(ME, genuine.with_header()).status_code == 200


class TestWithoutTheKey:
    @pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
    @pytest.mark.parametrize("signature", [b"", b"\0" * 64])
    def test_nothing_is_signed(
        self, door: Door, stranger: Forger, alg: str, signature: bytes
    ) -> None:
        header = {**stranger.header, "alg": alg}
        ensure_refused(door, jws(header, stranger.claims, lambda _: signature))

    @pytest.mark.parametrize("form", ["pem", "der", "jwk", "x", "kid"])
    def test_the_public_one_is_no_secret(
        self, door: Door, stranger: Forger, published: dict[str, str], form: str
    ) -> None:
        header = {**stranger.header, "alg": "HS256"}
        ensure_refused(door, jws(header, stranger.claims, hs256(_as_secret(published, form))))

    def test_another_is_of_no_use(self, door: Door, stranger: Forger) -> None:
        ensure_refused(door, stranger.with_header())

    @pytest.mark.parametrize(
        "alg", ["ES256K", "ES384", "RS256", "EdDSA", "es256", None, 5, []], ids=repr
    )
    def test_another_algorithm_is_of_no_use(
        self, door: Door, stranger: Forger, alg: object
    ) -> None:
        ensure_refused(door, stranger.with_header(alg=alg))

    def test_bringing_ones_own_is_of_no_use(self, door: Door, token: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        forger = Forger(*parts(token), es256(key))
        jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
        certificate = b64encode(_pem(key.public_key())).decode()
        ensure_refused(door, forger.with_header(jwk=jwk))
        ensure_refused(door, forger.with_header(jwk=jwk, kid=None))
        ensure_refused(door, forger.with_header(x5c=[certificate]))

    @pytest.mark.parametrize("name", ["jku", "x5u"])
    def test_naming_ones_own_is_of_no_use(self, door: Door, stranger: Forger, name: str) -> None:
        ensure_refused(door, stranger.with_header(**{name: "http://127.0.0.1:9/keys.json"}))

    @pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\xff" * 63, b"\0" * 71], ids=len)
    def test_no_signature_fits(self, door: Door, stranger: Forger, signature: bytes) -> None:
        ensure_refused(door, jws(stranger.header, stranger.claims, lambda _: signature))

    def test_a_genuine_signature_fits_nothing_else(
        self, door: Door, genuine: Forger, token: str
    ) -> None:
        _, _, signature = token.split(".")
        richer = {**genuine.claims, "roles": ["admin"]}
        forged = jws(genuine.header, richer, lambda _: b"").rstrip(".")
        ensure_refused(door, f"{forged}.{signature}")

    @pytest.mark.parametrize(
        "header",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b'"ES256"',
            b"\xff\xfe",
            b"[" * 1500,
            b'{"alg":' * 400,
            b'{"alg":"ES256","kid":' + b"[" * 1000 + b"]" * 1000 + b"}",
            b'{"alg":"none","alg":"ES256"}',
            b'{"alg":"ES256","alg":"none"}',
            b'{"alg":"ES256","typ":"at+jwt","kid":"\\ud800"}',
            b'{"alg":"ES256","typ":"at+jwt","kid":' + b"9" * 2000 + b"}",
        ],
        ids=lambda header: f"{header[:40]!r}",
    )
    def test_any_header_is_refused(self, door: Door, stranger: Forger, header: bytes) -> None:
        ensure_refused(door, jws(header, stranger.claims, stranger.sign))


class TestAHeader:
    @pytest.mark.parametrize(
        "kid",
        [
            "",
            "unknown",
            "../../../dev/null",
            "/dev/null",
            "' OR 1=1 --",
            "\0",
            5,
            None,
            [],
            {},
            ["x"],
        ],
        ids=repr,
    )
    def test_must_name_a_key(self, door: Door, genuine: Forger, kid: object) -> None:
        ensure_refused(door, genuine.with_header(kid=kid))

    @pytest.mark.parametrize("name", ["kid", "typ", "alg"])
    def test_must_be_complete(self, door: Door, genuine: Forger, name: str) -> None:
        ensure_refused(door, genuine.without_header(name))

    @pytest.mark.parametrize("typ", ["JWT", "jwt", "", "rt+jwt", None, 5, ["at+jwt"], {}], ids=repr)
    def test_must_say_access_token(self, door: Door, genuine: Forger, typ: object) -> None:
        ensure_refused(door, genuine.with_header(typ=typ))

    @pytest.mark.parametrize(
        "changes",
        [
            {"crit": ["exp"], "exp": 1},
            {"crit": ["b64"], "b64": False},
            {"crit": "b64"},
            {"crit": ["unheard-of"]},
        ],
        ids=repr,
    )
    def test_must_not_ask_for_what_we_do_not_know(
        self, door: Door, genuine: Forger, changes: dict[str, Any]
    ) -> None:
        ensure_refused(door, genuine.with_header(**changes))


class TestTheClaims:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("iss", "https://evil.example"),
            ("iss", f"{ISSUER}/"),
            ("iss", None),
            ("aud", "https://evil.example"),
            ("aud", ["https://evil.example"]),
            ("aud", None),
            ("exp", 0),
            ("exp", -1),
            ("exp", "soon"),
            ("exp", None),
            ("exp", []),
            ("exp", {}),
            ("exp", float("nan")),
            ("exp", float("inf")),
            *product(("sub", "sid"), ("", "ada", 5, None, [], {})),
            ("sub", "01a20799-e9a6-743a-8609-6faab50c5d60"),
            ("sid", "01a20799-e9a6-743a-8609-6faab50c5d60"),
            ("sub", "\ud800"),
        ],
        ids=repr,
    )
    def test_must_be_ours(self, door: Door, genuine: Forger, name: str, value: object) -> None:
        ensure_refused(door, genuine.with_claims(**{name: value}))

    @pytest.mark.parametrize("name", ["iss", "aud", "exp", "sub", "sid"])
    def test_must_be_complete(self, door: Door, genuine: Forger, name: str) -> None:
        ensure_refused(door, genuine.without_claim(name))

    @pytest.mark.parametrize(
        "payload",
        [b"", b"{", b"[]", b'"x"', b"null", b"5", b"\xff", b"[" * 2000],
        ids=lambda payload: repr(payload[:9]),
    )
    def test_must_be_an_object(self, door: Door, genuine: Forger, payload: bytes) -> None:
        ensure_refused(door, jws(genuine.header, payload, genuine.sign))

    def test_must_be_of_one_account(self, door: Door, genuine: Forger) -> None:
        grace = door.join("grace@example.com")["access_token"]
        ensure_refused(door, genuine.with_claims(sub=parts(grace)[1]["sub"]))
        ensure_refused(door, genuine.with_claims(sid=parts(grace)[1]["sid"]))

    def test_do_not_make_an_admin(self, door: Door, genuine: Forger) -> None:
        seen = door.get(ME, genuine.with_claims(roles=["admin"]))
        assert seen.json["roles"] == []


class TestWhatIsNoJwt:
    @pytest.mark.parametrize(
        "text", [".", "..", "...", "....", "x", "a.b", "a.b.c", "a.b.c.d", "a.b.c.d.e", "-._~+/="]
    )
    def test_is_refused(self, door: Door, text: str) -> None:
        ensure_refused(door, text)

    def test_is_a_token_with_more_or_fewer_parts(self, door: Door, token: str) -> None:
        ensure_refused(door, f"{token}.")
        ensure_refused(door, f".{token}")
        ensure_refused(door, f"{token}.{token}")
        ensure_refused(door, token.rpartition(".")[0])

    def test_is_longer_than_4096_characters(self, door: Door, genuine: Forger) -> None:
        fitting, longer = (genuine.with_claims(x="x" * n) for n in (2_600, 2_800))
        assert len(fitting) <= 4096 < len(longer)
        assert door.get(ME, fitting).status_code == 200
        ensure_refused(door, longer)

    @pytest.mark.parametrize("length", [4_096, 4_097, 100_000])
    def test_is_long_nonsense(self, door: Door, length: int) -> None:
        ensure_refused(door, "a." * (length // 2) + "a" * (length % 2))

    def test_is_a_refresh_token(self, door: Door) -> None:
        ensure_refused(door, door.join(ADA)["refresh_token"])

    def test_is_an_encrypted_one(self, door: Door) -> None:
        header = encode(b'{"alg":"dir","enc":"A128GCM","kid":"x"}')
        ensure_refused(door, f"{header}..{encode(b'i' * 12)}.{encode(b'x')}.{encode(b'y' * 16)}")


class TestThePublishedKeys:
    def test_have_public_members_only(self, published: dict[str, str]) -> None:
        assert set(published) == {"kty", "crv", "x", "y", "kid", "use", "alg"}

    def test_are_for_es256_signatures(self, published: dict[str, str]) -> None:
        expected = {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256"}
        assert published.items() >= expected.items()

    def test_may_be_kept_for_five_minutes(self, door: Door) -> None:
        assert door.get(JWKS).headers["Cache-Control"] == "public, max-age=300"

    @pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
    def test_need_not_be_sent_again(self, door: Door, form: str) -> None:
        again = _ask_again(door, form.format(door.get(JWKS).headers["ETag"]))
        assert (again.status_code, again.text) == (304, "")
        assert again.headers["Cache-Control"] == "public, max-age=300"

    @pytest.mark.parametrize("etag", ['"other"', "", '"', "W/", ",,,", "\xe9", '"' * 2000])
    def test_are_sent_where_others_are_known(self, door: Door, etag: str) -> None:
        assert _ask_again(door, etag).status_code == 200

    def test_are_the_same_in_every_process(self, door: Door, open_door: OpenDoor) -> None:
        assert open_door().get(JWKS).text == door.get(JWKS).text


class TestThePrivateKey:
    def test_is_stored_sealed(self, door: Door, genuine: Forger) -> None:
        [row] = door.services.database.fetch_all("SELECT k::text AS k FROM signing_key AS k")
        secret = str(door.services.signing_keys.signing().as_dict(private=True)["d"])
        assert secret not in row.k
        assert encode(secret.encode()) not in row.k
        assert secret.encode().hex() not in row.k

    def test_opens_with_any_of_the_secrets(self, door: Door, open_door: OpenDoor) -> None:
        token = door.join(ADA)["access_token"]
        rotated = open_door(SECRET_KEYS=f"{'n' * 40},a secret for tests that is long enough")
        assert rotated.get(ME, token).status_code == 200
        assert door.get(ME, rotated.log_in(ADA).json["access_token"]).status_code == 200

    def test_that_no_secret_opens_is_for_the_operator_to_see(
        self, token: str, open_door: OpenDoor
    ) -> None:
        door = open_door(SECRET_KEYS="n" * 40)
        with structlog.testing.capture_logs() as lines:
            refused = door.log_in(ADA)
        assert (refused.status_code, refused.json["code"]) == (503, "unavailable")
        [line] = [line for line in lines if line["log_level"] == "error"]
        assert (line["event"], line["setting"]) == ("signing_key_stayed_sealed", "SECRET_KEYS")

    def test_made_by_a_house_whose_clock_is_ahead_signs_here_too(
        self, door: Door, open_door: OpenDoor, clock: HeldClock
    ) -> None:
        door.get(JWKS)
        clock.advance(seconds=-1)
        assert open_door().get(JWKS).text == door.get(JWKS).text


def _ask_again(door: Door, etag: str) -> Result:
    return door.send("GET", JWKS, headers={"If-None-Match": etag})


def _as_secret(jwk: dict[str, str], form: str) -> bytes:
    der = public_key(jwk).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    forms = {"pem": _pem(public_key(jwk)), "der": der, "jwk": json.dumps(jwk).encode()}
    return forms.get(form) or jwk[form].encode()


def _pem(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
