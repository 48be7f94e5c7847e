"""Query parameters: exact under /v1, tolerant on pages and letter links."""

from collections.abc import Iterator
from typing import TypeVar

from falcon import Request
from pydantic import BaseModel

from api.http.faults import fault_of
from api.http.refusals import Fault
from api.http.validation import validate_query

Model = TypeVar("Model", bound=BaseModel)


def find_strangers(req: Request, model: type[BaseModel] | None) -> Iterator[Fault]:
    """The parameters that are not known, and those that are repeated; on pages neither matters."""
    if not req.path.startswith("/v1/"):
        return
    known = model.model_fields if model else {}
    for name, value in req.params.items():
        if name not in known:
            yield fault_of({"type": "extra_forbidden"}, parameter=name)
        elif isinstance(value, list):
            yield fault_of({"type": "given_twice"}, parameter=name)


def read_query(req: Request, model: type[Model]) -> Model:
    """The known parameters; of a repeated one the last."""
    given = {n: _last(value) for n, value in req.params.items() if n in model.model_fields}
    return validate_query(model, given)


def _last(value: str | list[str]) -> str:
    return value[-1] if isinstance(value, list) else value
