"""Whatever a caller sends to whatever route is answered as promised, and never with a 500."""

import json
from typing import Any

import pytest
from falcon.testing import Result
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.app_client import PASSWORD, Door, OpenDoor
from tests.raw_requests import Route, ensure_well_formed, every_route, kind_of, knock

ROUTES = every_route()
VERSIONED = [route for route in ROUTES if route.template.startswith("/v1/")]
READERS = [route for route in ROUTES if route.reads]
FORMS = [route for route in ROUTES if route.declared and route.declared.form]
HEADERS = ("X_DEVICE_TOKEN", "X_REQUEST_ID", "X_FORWARDED_FOR", "ORIGIN", "IF_NONE_MATCH")
MORE_HEADERS = ("AUTHORIZATION", "ACCEPT", "COOKIE", "RANGE", "HOST", "EXPECT", "TRANSFER_ENCODING")

MALFORMED, INVALID = (400, "malformed_json"), (422, "validation_failed")
TOO_LARGE, WRONG_TYPE = (413, "body_too_large"), (415, "unsupported_media_type")
NO_LENGTH = (411, "length_required")

each_reader = pytest.mark.parametrize("route", READERS, ids=str)
hurriedly = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
any_text = st.text(st.characters(), max_size=600)
any_header = st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"))


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    return open_door()


@pytest.fixture
def bearer(door: Door) -> str:
    """Of somebody who may do everything."""
    tokens = door.join("ada@example.com")
    door.services.database.run("UPDATE account SET roles = '{admin}'")
    return f"Bearer {tokens['access_token']}"


def takes_a_body(route: Route) -> bool:
    """One that may be left out is read where it is there."""
    return route.declared is not None and route.declared.body is not None


class TestABody:
    @each_reader
    def test_that_cannot_be_read_is_malformed(self, door: Door, bearer: str, route: Route) -> None:
        good = json.dumps(route.example)
        hostile = {
            "empty": b"",
            "blank": b"  \n",
            "cut": good[:-1].encode(),
            "twice": (good * 2).encode(),
            "a key twice": good.replace("{", '{"x": 1, "x": 2, ', 1).encode(),
            "a key twice, escaped": good.replace("{", '{"x": 1, "\\u0078": 2, ', 1).encode(),
            "a key twice, deep down": good.replace("{", '{"x": [{"y": 1, "y": 1}], ', 1).encode(),
            "NaN": good.replace("{", '{"x": NaN, ', 1).encode(),
            "infinite": good.replace("{", '{"x": -Infinity, ', 1).encode(),
            "as good as infinite": good.replace("{", '{"x": 1e999, ', 1).encode(),
            "endless digits": b'{"x": ' + b"9" * 16_000 + b"}",
            "BOM": b"\xef\xbb\xbf" + good.encode(),
            "UTF-16": good.encode("utf-16"),
            "UTF-16 without BOM": good.encode("utf-16-be"),
            "UTF-32": good.encode("utf-32"),
            "Latin-1": good.replace("{", '{"\xe9": 1, ', 1).encode("latin-1"),
            "overlong UTF-8": good.replace("{", '{"\0": 1, ', 1)
            .encode()
            .replace(b"\0", b"\xc0\x80"),
            "a surrogate in UTF-8": good.replace('"', '"\ud800', 1).encode(
                "utf-8", "surrogatepass"
            ),
            "raw NUL": good.replace('"', '"\0', 1).encode(),
            "deep lists": b"[" * 16_384,
            "deep objects": b'{"x":' * 3_000,
            "single quotes": good.replace('"', "'").encode(),
            "a comment": b"/**/" + good.encode(),
            "a trailing comma": good.replace("}", ",}").encode(),
            "gzip": bytes.fromhex("1f8b0800000000000003abae050043bfa6a302000000"),
        }
        assert answers(door, bearer, route, hostile) == dict.fromkeys(hostile, MALFORMED)

    @each_reader
    def test_that_is_not_expected_is_invalid(self, door: Door, bearer: str, route: Route) -> None:
        documents: list[Any] = [[], [route.example], "x", 5, 0.5, True, None, {}]
        documents.append({**route.example, "unknown": 1})
        documents.append({**route.example, "__class__": {}, "": [], "\ud800": 0})
        for name in route.taken.model_fields:
            wrong = [5, 0.5, True, [], {}, ["x"], "x\0", "\ud800", "x\n", "\x7f", "\x85", 10**300]
            is_a_list = name == "roles"
            documents += [
                {**route.example, name: value}
                for value in wrong
                if not (is_a_list and isinstance(value, list))
            ]
        hostile = {raw: raw.encode() for raw in map(json.dumps, documents)}
        assert answers(door, bearer, route, hostile) == dict.fromkeys(hostile, INVALID)

    @each_reader
    def test_that_is_too_large_is_not_read(self, door: Door, bearer: str, route: Route) -> None:
        good = json.dumps(route.example).encode()
        hostile = {
            "by a byte": good.ljust(16_385),
            "200,000 deep lists": b"[" * 200_000,
            "200,000 deep objects": b'{"x":' * 200_000,
        }
        assert answers(door, bearer, route, hostile) == dict.fromkeys(hostile, TOO_LARGE)
        assert kind_of(send(door, bearer, route, b"", CONTENT_LENGTH="52428800")) == TOO_LARGE
        assert kind_of(send(door, bearer, route, b"", CONTENT_LENGTH="9" * 40)) == TOO_LARGE

    @each_reader
    def test_needs_a_length(self, door: Door, bearer: str, route: Route) -> None:
        good = json.dumps(route.example).encode()
        for length in (None, "-1", "x", "1e3", "0x9"):
            assert kind_of(send(door, bearer, route, good, CONTENT_LENGTH=length)) == NO_LENGTH

    @each_reader
    def test_needs_a_type(self, door: Door, bearer: str, route: Route) -> None:
        good = json.dumps(route.example).encode()
        types = (None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
        wrong = ("application/json; charset=utf-16", "application/json-seq", "text/json", "*/*")
        for media in (*types, *wrong, "application/merge-patch+json", "application/json\xe9"):
            assert kind_of(send(door, bearer, route, good, CONTENT_TYPE=media)) == WRONG_TYPE

    @each_reader
    def test_of_exactly_the_most_bytes_is_read(self, door: Door, bearer: str, route: Route) -> None:
        padded = json.dumps(route.example).encode().ljust(16_384)
        answered = send(
            door, bearer, route, padded, CONTENT_TYPE='application/json;charset="UTF-8"'
        )
        ensure_well_formed(answered)
        assert answered.status_code not in {400, 411, 413, 415} or _is_about_a_token(answered)

    @pytest.mark.parametrize("route", [r for r in VERSIONED if not takes_a_body(r)], ids=str)
    def test_where_none_is_expected_is_ignored(self, door: Door, bearer: str, route: Route) -> None:
        usual = send(door, bearer, route, b"").status_code
        if route.path == "/v1/auth/logout":
            bearer = f"Bearer {door.log_in('ada@example.com').json['access_token']}"
        assert send(door, bearer, route, b"\xff" * 20_000).status_code == usual

    @pytest.mark.parametrize("route", FORMS, ids=str)
    def test_of_a_page_is_a_form(self, door: Door, route: Route) -> None:
        refused = knock(door, "POST", route.path, b'{"token": "x"}')
        assert refused.status_code == 415
        assert refused.headers["Content-Type"].startswith("text/html")

    @pytest.mark.parametrize("route", FORMS, ids=str)
    def test_of_a_page_may_be_anything(self, door: Door, route: Route) -> None:
        form = "application/x-www-form-urlencoded"
        for raw in (b"", b"token=%00", b"token=%ff", b"&&=&%", b"\xff" * 99, b"token=x&token=y"):
            assert knock(door, "POST", route.path, raw, CONTENT_TYPE=form).status_code == 400


class TestAnythingAtAll:
    @each_reader
    def test_may_be_a_body(self, door: Door, bearer: str, route: Route) -> None:
        @hurriedly
        @given(anything)
        def send_document(document: object) -> None:
            answered = send(door, bearer, route, json.dumps(document).encode())
            ensure_well_formed(answered)
            assert answered.status_code in {400, 422}

        send_document()

    @each_reader
    def test_may_be_a_field(self, door: Door, bearer: str, route: Route) -> None:
        names = sorted(route.taken.model_fields)

        @hurriedly
        @given(st.sampled_from(names), any_text | anything)
        @example(names[0], "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 600)
        @example(names[0], "a" * 64 + "@" + "b" * 300)
        @example(names[0], "\U000e0001@\u202e.example")
        def send_value(name: str, value: object) -> None:
            document = {**route.example, name: value}
            answered = send(door, bearer, route, json.dumps(document).encode())
            ensure_documented(route, answered)

        send_value()

    @each_reader
    def test_may_be_raw(self, door: Door, bearer: str, route: Route) -> None:
        @hurriedly
        @given(st.binary(max_size=200), any_header, st.integers(-9, 300).map(str) | any_header)
        def send_raw(raw: bytes, media: str, length: str) -> None:
            answered = send(door, bearer, route, raw, CONTENT_TYPE=media, CONTENT_LENGTH=length)
            ensure_documented(route, answered)

        send_raw()

    @pytest.mark.parametrize("route", VERSIONED, ids=str)
    def test_may_be_a_query(self, door: Door, bearer: str, route: Route) -> None:
        @hurriedly
        @given(any_header)
        @example("%00=%ff&\xff=1&&=&;#?")
        @example("limit=-1&cursor=x")
        def send_query(query: str) -> None:
            answered = send(door, bearer, route, b"", QUERY_STRING=query)
            ensure_documented(route, answered)

        send_query()

    @pytest.mark.parametrize("name", HEADERS + MORE_HEADERS)
    def test_may_be_a_header(self, door: Door, bearer: str, name: str) -> None:
        @hurriedly
        @given(any_header, st.sampled_from(ROUTES))
        def send_header(value: str, route: Route) -> None:
            raw = json.dumps(route.example).encode() if route in READERS else b""
            known = {"HTTP_AUTHORIZATION": bearer, f"HTTP_{name}": value}
            assert knock(door, route.method, route.path, raw, **known).status_code != 500

        send_header()

    def test_may_be_a_user_agent(self, door: Door, bearer: str) -> None:
        credentials = json.dumps({"email": "ada@example.com", "password": PASSWORD}).encode()

        @hurriedly
        @given(any_header)
        def send_agent(value: str) -> None:
            answered = knock(door, "POST", "/v1/auth/login", credentials, HTTP_USER_AGENT=value)
            assert answered.status_code == 200

        send_agent()

    def test_may_be_a_path(self, door: Door) -> None:
        @hurriedly
        @given(any_header, st.sampled_from(["", "/v1/auth/", "/docs/assets/", "/docs/errors/"]))
        @example("../../../../etc/passwd", "/docs/assets/")
        @example("..%2f..%2fREADME", "/docs/errors/")
        def send_path(path: str, prefix: str) -> None:
            answered = knock(door, "GET", "/", PATH_INFO=prefix + path)
            assert answered.status_code in {200, 401, 404, 405}

        send_path()


def send(door: Door, bearer: str, route: Route, raw: bytes, **environ: str | None) -> Result:
    return knock(door, route.method, route.path, raw, HTTP_AUTHORIZATION=bearer, **environ)


def answers(
    door: Door, bearer: str, route: Route, hostile: dict[str, bytes]
) -> dict[str, tuple[int, str]]:
    return {name: kind_of(send(door, bearer, route, raw)) for name, raw in hostile.items()}


def ensure_documented(route: Route, answered: Result) -> None:
    ensure_well_formed(answered)
    assert answered.status_code in route.statuses


def _is_about_a_token(answered: Result) -> bool:
    return bool(answered.json["code"].startswith("token_"))
