"""Query parameters: exact under /v1, tolerant on pages and letter links."""

from typing import TypeVar

from falcon import Request
from pydantic import BaseModel

from api.refusals import Fault, ValidationFailed
from api.validation import validate_query

Model = TypeVar("Model", bound=BaseModel)


def ensure_query_is_known(req: Request, model: type[BaseModel] | None) -> None:
    """Refuses unknown and repeated parameters under /v1."""
    if not req.params or not req.path.startswith("/v1/"):
        return
    known = model.model_fields if model else {}
    faults = [
        Fault("There is no such parameter", parameter=n) for n in req.params if n not in known
    ]
    faults += [
        Fault("Given more than once", parameter=name)
        for name, value in req.params.items()
        if isinstance(value, list)
    ]
    if faults:
        raise ValidationFailed(*faults)


def read_query(req: Request, model: type[Model]) -> Model:
    return validate_query(model, {name: _last(value) for name, value in req.params.items()})


def _last(value: str | list[str]) -> str:
    return value[-1] if isinstance(value, list) else value
