"""Turns parsed input into a model, or says where it is wrong."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from api.http.faults import fault_of
from api.http.refusals import Fault, ValidationFailed

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[int | str, ...]


def validate_body(model: type[Model], document: object) -> Model:
    return _validate(model, document, _in_body)


def validate_form(model: type[Model], fields: Mapping[str, str]) -> Model:
    return _validate(model, fields, _in_body)


def validate_query(model: type[Model], parameters: Mapping[str, str]) -> Model:
    return _validate(model, parameters, _in_query)


def _validate(model: type[Model], document: Any, fault: Callable[[ErrorDetails], Fault]) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    raise ValidationFailed(*map(fault, found))


def _in_body(error: ErrorDetails) -> Fault:
    return fault_of(error, pointer=_pointer(error["loc"]))


def _in_query(error: ErrorDetails) -> Fault:
    return fault_of(error, parameter=str(error["loc"][0]))


def _pointer(path: Path) -> str:
    """A JSON pointer as URI fragment (RFC 6901, section 6)."""
    return "#" + "".join(f"/{_escaped(str(part))}" for part in path)


def _escaped(part: str) -> str:
    return quote(part.replace("~", "~0").replace("/", "~1"), safe="", errors="replace")
