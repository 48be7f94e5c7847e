"""An example of every answer, made of what its fields are called and of what type they are."""

from collections.abc import Mapping
from types import NoneType
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, RootModel
from pydantic.fields import FieldInfo

SOMETHING = "a text"
PLAIN: Mapping[Any, Any] = {
    UUID: "018f3c1a-6d2e-7b41-9c55-0b6f3a2d9e10",
    AwareDatetime: "2026-11-23T12:00:00Z",
    bool: True,
    int: 1,
    str: SOMETHING,
}

TOKEN = "pX2T8aWq0cJ3vN5kR7mYb1LdE4fGh6ZsUoIiQnKtBwA"
NAMED: Mapping[str, Any] = {
    "access_token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMThmIn0.c2lnbmF0dXJl",
    "refresh_token": TOKEN,
    "device_token": TOKEN,
    "expires_in": 900,
    "refresh_expires_in": 2_592_000,
    "email": "ada@example.com",
    "display_name": "Ada",
    "roles": ["admin"],
    "ip": "203.0.113.7",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "kind": "verification",
    "to": "ada@example.com",
    "last_error": "RCPT: 450 Try again later",
    "next_cursor": "AY88Gm0ue0GcVQtvOi2eEIm3rCk1nQ2O",
    "event": "session_started",
    "request_id": "018f3c1a-6d2e-7b41-9c55-0b6f3a2d9e11",
    "detail": {"session_id": "018f3c1a-6d2e-7b41-9c55-0b6f3a2d9e12"},
    "rule": "redis_unavailable",
    "summary": "Redis cannot be used: letters and alerts go out through the watchdog.",
    "kid": "kid-of-the-key-that-signs",
    "x": "WKn-ZIGevcwGIyyrzFoZNBdaq9_TsqzGl96oc0CWuis",
    "y": "y77t-RvAHRKTsSGdIYUfweuOvwrvDD-Q3Hv5J0fSKbE",
}


def example_of(model: type[BaseModel]) -> Any:
    """Valid by the model."""
    if issubclass(model, RootModel):
        return _of_field("root", model.model_fields["root"])
    return {name: _of_field(name, field) for name, field in model.model_fields.items()}


def _of_field(name: str, field: FieldInfo) -> Any:
    if field.examples:
        return field.examples[0]
    return NAMED[name] if name in NAMED else _of_type(field.annotation)


def _of_type(annotation: Any) -> Any:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is None:
        return PLAIN[annotation] if annotation in PLAIN else example_of(annotation)
    return _of_compound(origin, parts)


def _of_compound(origin: Any, parts: tuple[Any, ...]) -> Any:
    if origin is Literal:
        return parts[0]
    if origin is list:
        return [_of_type(parts[0])]
    if origin is dict:
        return {"postgres": _of_type(parts[1])}
    return _of_type(next(part for part in parts if part is not NoneType))
