"""Request bodies: bounded, of the right type, and read without believing the sender."""

import json
import math
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from falcon import HTTPInvalidHeader, Request, parse_header

from api.http.refusals import BodyTooLarge, LengthRequired, MalformedJson, UnsupportedMediaType

MAX_BYTES = 16_384
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def has_no_body(req: Request) -> bool:
    """Whether the request announces none at all (RFC 9112 §6.3)."""
    announced = req.get_header("Content-Length") or "0"
    return announced == "0" and "HTTP_TRANSFER_ENCODING" not in req.env


def read_json(req: Request) -> object:
    """The document of a JSON body (RFC 8259), where every key of an object is unique."""
    length = _announced_length(req)
    if length == 0:
        raise MalformedJson("The body is empty.")
    _ensure_media_type(req, JSON)
    return _parse(_receive(req, length))


def read_form(req: Request) -> dict[str, str]:
    """The fields of an HTML form; of a repeated field the last."""
    length = _announced_length(req)
    if length == 0:
        return {}
    _ensure_media_type(req, FORM)
    text = _receive(req, length).decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True))


def _announced_length(req: Request) -> int:
    try:
        length = req.content_length
    except HTTPInvalidHeader:
        length = None
    if length is None or req.env.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired
    if length > MAX_BYTES:
        raise BodyTooLarge
    return length


def _ensure_media_type(req: Request, expected: str) -> None:
    given, parameters = parse_header(req.content_type or "")
    charset = parameters.get("charset", "utf-8")
    if given.lower() != expected or charset.lower() != "utf-8":
        raise UnsupportedMediaType(f"The body must be {expected} in UTF-8.")


def _receive(req: Request, length: int) -> bytes:
    try:
        raw: bytes = req.stream.read(length)
    except OSError:
        raw = b""
    if len(raw) < length:
        raise MalformedJson("The body ended before its Content-Length.")
    return raw


def _parse(raw: bytes) -> object:
    try:
        return _decoder.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise MalformedJson from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError
    return members


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError
    return number


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite
)
