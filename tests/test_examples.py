"""Every answer with a body has an example in the OpenAPI document, and the example is one."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from api.app import routes
from api.http.operation import find_operation
from api.openapi.examples import SOMETHING, example_of
from ostiary.platform.settings import read_settings
from ostiary.services import open_services

SETTINGS = read_settings(
    {
        "DATABASE_URL": "postgresql://nobody@localhost/nowhere",
        "REDIS_URL": "redis://localhost/0",
        "SECRET_KEYS": "a secret for tests that is long enough",
    }
)
METHODS = ("GET", "POST", "PATCH", "DELETE")


def answers() -> Iterator[type[BaseModel]]:
    services = open_services(SETTINGS, nudge=lambda task, *promise_ids: None)
    for _, resource in routes(services):
        for operation in filter(None, (find_operation(resource, verb) for verb in METHODS)):
            yield from filter(None, operation.answers.values())


@pytest.mark.parametrize("model", dict.fromkeys(answers()), ids=lambda model: model.__name__)
class TestAnExample:
    def test_is_what_the_answer_may_be(self, model: type[BaseModel]) -> None:
        assert model.model_validate(example_of(model))

    def test_says_something_in_every_field(self, model: type[BaseModel]) -> None:
        assert SOMETHING not in str(example_of(model))
