"""Turns parsed input into a model, or says where it is wrong."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from api.refusals import Fault, ValidationFailed

MOST_FAULTS = 20
NOT_AN_OBJECT = "Input should be an object"

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[int | str, ...]


def validate_body(model: type[Model], document: object) -> Model:
    return _validate(model, document, lambda path, why: Fault(why, pointer=_pointer(path)))


def validate_form(model: type[Model], fields: Mapping[str, str]) -> Model:
    return _validate(model, fields, lambda path, why: Fault(why, pointer=_pointer(path)))


def validate_query(model: type[Model], parameters: Mapping[str, str]) -> Model:
    return _validate(model, parameters, lambda path, why: Fault(why, parameter=str(path[0])))


def _validate(model: type[Model], document: Any, fault: Callable[[Path, str], Fault]) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    raise ValidationFailed(*[fault(each["loc"], _said(each)) for each in found[:MOST_FAULTS]])


def _said(error: Mapping[str, Any]) -> str:
    """Without the names of our own classes."""
    return str(NOT_AN_OBJECT if error["type"] == "model_type" else error["msg"])


def _pointer(path: Path) -> str:
    """A JSON pointer as URI fragment (RFC 6901, section 6)."""
    return "#" + "".join(f"/{_escaped(str(part))}" for part in path)


def _escaped(part: str) -> str:
    return quote(part.replace("~", "~0").replace("/", "~1"), safe="", errors="replace")
