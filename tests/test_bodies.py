"""A body is one bounded JSON object of the announced length, or the refusal says why not."""

import io
import json
from typing import Any

import pytest
from falcon.testing import Result, StartResponseMock, create_environ
from hypothesis import example, given
from hypothesis import strategies as st

from tests.toy_api import toy_api

API = toy_api()
TWICE = [("limit", "given_twice")]


def post(
    raw: bytes = b'{"name": "Ada"}', *, media: str | None = "application/json", **env: str | None
) -> Result:
    """Posts exactly these bytes; what is None is left out of the environment."""
    environ: dict[str, Any] = create_environ("/v1/greetings", method="POST")
    environ["wsgi.input"] = io.BytesIO(raw)
    environ |= {"CONTENT_LENGTH": str(len(raw)), "CONTENT_TYPE": media} | env
    started = StartResponseMock()
    body = API.app({k: v for k, v in environ.items() if v is not None}, started)
    return Result(body, started.status or "", started.headers or ())


def found(refused: Result) -> list[tuple[str, str]]:
    """Where something is wrong, and what."""
    faults = refused.json["errors"]
    return [(each.get("pointer") or each["parameter"], each["code"]) for each in faults]


def code(result: Result) -> tuple[int, str]:
    return result.status_code, result.json["code"]


class TestTheLength:
    def test_is_required(self) -> None:
        assert code(post(CONTENT_LENGTH=None)) == (411, "length_required")

    def test_cannot_be_replaced_by_chunks(self) -> None:
        chunked = post(CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")
        assert code(chunked) == (411, "length_required")

    @pytest.mark.parametrize("length", ["-1", "many", "1e3", "0x10"])
    def test_must_be_a_number(self, length: str) -> None:
        assert code(post(CONTENT_LENGTH=length)) == (411, "length_required")

    def test_of_16384_bytes_is_enough(self) -> None:
        assert post(b'{"name": "Ada"}'.ljust(16_384)).status_code == 200

    def test_beyond_that_is_refused_unread(self) -> None:
        assert code(post(b"", CONTENT_LENGTH="16385")) == (413, "body_too_large")

    def test_may_not_promise_more_than_comes(self) -> None:
        assert code(post(CONTENT_LENGTH="100")) == (400, "malformed_json")

    def test_may_not_cut_the_body_short(self) -> None:
        assert code(post(CONTENT_LENGTH="8")) == (400, "malformed_json")

    def test_may_not_be_zero(self) -> None:
        assert code(post(b"", media=None)) == (400, "malformed_json")


class TestTheContentType:
    @pytest.mark.parametrize(
        "media",
        [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            'application/json;charset="UTF-8"',
        ],
    )
    def test_is_json_in_utf_8(self, media: str) -> None:
        assert post(media=media).status_code == 200

    @pytest.mark.parametrize(
        "media",
        [
            None,
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "application/json; charset=latin-1",
            "application/json, text/plain",
        ],
    )
    def test_is_nothing_else(self, media: str | None) -> None:
        assert code(post(media=media)) == (415, "unsupported_media_type")


class TestWhatIsNotJson:
    @pytest.mark.parametrize(
        "raw",
        [
            b"   ",
            b"{",
            b'{"name": "Ada"} {}',
            b'{"name": "Ada", "name": "Eve"}',
            b'{"name": NaN}',
            b'{"name": -Infinity}',
            b'{"name": 1e999}',
            b'{"name": ' + b"9" * 5000 + b"}",
            b'{"name": "\n"}',
            b'{"name": "\xff"}',
            b'{"name": "\xed\xa0\x80"}',
            b'\xef\xbb\xbf{"name": "Ada"}',
            '{"name": "Ada"}'.encode("utf-16"),
            '{"name": "Ada"}'.encode("utf-16-le"),
            b"[" * 16_000,
            b'{"name":' * 2_000,
        ],
        ids=lambda raw: raw[:20].decode("latin-1"),
    )
    def test_is_malformed(self, raw: bytes) -> None:
        assert code(post(raw)) == (400, "malformed_json")


class TestWhatIsNotExpected:
    @pytest.mark.parametrize("document", [[], "Ada", 1, None, True])
    def test_is_a_document_that_is_no_object(self, document: object) -> None:
        assert code(post(json.dumps(document).encode())) == (422, "validation_failed")

    @pytest.mark.parametrize(
        ("raw", "pointer", "why"),
        [
            (b"{}", "#/name", "missing"),
            (b"[]", "#", "wrong_type"),
            (b'{"name": 5}', "#/name", "wrong_type"),
            (b'{"name": null}', "#/name", "wrong_type"),
            (b'{"name": {}}', "#/name", "wrong_type"),
            (b'{"name": "A", "age": 3}', "#/age", "unknown"),
            (b'{"name": "A", "a/b~c \\u00e9": 3}', "#/a~1b~0c%20%C3%A9", "unknown"),
            (b'{"name": "A\\u0000"}', "#/name", "unprintable"),
            (b'{"name": "A\\t"}', "#/name", "unprintable"),
            (b'{"name": "A\\u0085"}', "#/name", "unprintable"),
            (b'{"name": "A\\ud800"}', "#/name", "unprintable"),
            (b'{"name": "A", "nickname": "\\u007f"}', "#/nickname", "unprintable"),
        ],
    )
    def test_is_pointed_at(self, raw: bytes, pointer: str, why: str) -> None:
        refused = post(raw)
        assert code(refused) == (422, "validation_failed")
        assert found(refused) == [(pointer, why)]

    def test_is_named_together_with_every_other(self) -> None:
        refused = post(b'{"nickname": 5, "age": 3}', QUERY_STRING="debug=1&page=2")
        assert found(refused) == [
            *(("debug", "unknown"), ("page", "unknown")),
            *(("#/name", "missing"), ("#/nickname", "wrong_type"), ("#/age", "unknown")),
        ]

    def test_may_be_a_key_that_is_no_text(self) -> None:
        assert post(b'{"name": "A", "\\ud800": 1}').status_code == 422

    def test_is_listed_up_to_a_bound(self) -> None:
        unknown = json.dumps({f"field{n}": n for n in range(500)}).encode()
        assert len(post(unknown).json["errors"]) == 20

    def test_is_never_repeated_to_the_sender(self) -> None:
        assert "hunter2" not in post(b'{"name": ["hunter2"]}').text


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert post(b'{"name": "\\ud83d\\ude00"}').json["text"] == "Hello \N{GRINNING FACE}"


def test_a_body_where_none_is_expected_is_ignored() -> None:
    nonsense = API.simulate_get("/v1/greetings", body=b"\xff" * 20_000)
    assert nonsense.status_code == 204


class TestParameters:
    @pytest.mark.parametrize("query", ["limit=10", "", "limit=1"])
    def test_that_are_known_are_read(self, query: str) -> None:
        assert API.simulate_get("/v1/greetings", query_string=query).status_code == 204

    @pytest.mark.parametrize(
        ("query", "faults"),
        [
            ("page=2", [("page", "unknown")]),
            ("page", [("page", "unknown")]),
            ("limit=x", [("limit", "wrong_type")]),
            ("limit=1.5", [("limit", "wrong_type")]),
            ("limit=1&limit=2", [("limit", "given_twice")]),
            ("limit=1&limit=x&page=2", [*TWICE, ("page", "unknown"), ("limit", "wrong_type")]),
            ("page=1&page=2", [("page", "unknown")]),
        ],
    )
    def test_that_are_not_are_named(self, query: str, faults: list[tuple[str, str]]) -> None:
        refused = API.simulate_get("/v1/greetings", query_string=query)
        assert code(refused) == (422, "validation_failed")
        assert found(refused) == faults

    def test_are_refused_where_none_is_known(self) -> None:
        assert API.simulate_post("/v1/greetings?debug=1", json={"name": "A"}).status_code == 422


class TestWhateverIsSent:
    @given(st.binary(max_size=300), st.sampled_from(["application/json", "text/plain", None]))
    def test_is_answered_without_a_mistake_of_ours(self, raw: bytes, media: str | None) -> None:
        assert post(raw, media=media).status_code < 500

    @given(st.recursive(st.none() | st.floats() | st.text(), st.lists, max_leaves=5))
    @example("\ud800")
    def test_may_be_any_document(self, document: object) -> None:
        raw = json.dumps({"name": document}).encode()
        assert post(raw).status_code in {200, 400, 422}

    @given(st.dictionaries(st.text(st.characters()), st.integers(), max_size=4))
    def test_may_have_any_keys(self, document: dict[str, int]) -> None:
        assert post(json.dumps(document).encode()).status_code == 422

    @given(st.text(st.characters(max_codepoint=255), max_size=60))
    @example('application/json; charset="')
    def test_may_have_any_content_type(self, media: str) -> None:
        assert post(media=media).status_code in {200, 415}

    @given(st.text(st.characters(max_codepoint=255), max_size=60))
    @example("%ff=%00&%ud800")
    def test_may_have_any_query(self, query: str) -> None:
        assert post(QUERY_STRING=query).status_code in {200, 422}
