"""The JSON schemas of all models that operations name."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api.http.operation import Operation
from api.openapi.problem import Problem

REFERENCE = "#/components/schemas/{model}"

Key = tuple[type[BaseModel], JsonSchemaMode]


@dataclass(frozen=True)
class Schemas:
    references: dict[Any, Any]
    definitions: dict[str, Any]

    @classmethod
    def of(cls, operations: Iterable[Operation]) -> Self:
        keys: set[Key] = {(Problem, "validation")}
        for declared in operations:
            keys |= {(taken, "validation") for taken in (declared.body, declared.form) if taken}
            keys |= {(given, "serialization") for given in declared.answers.values() if given}
        ordered = sorted(keys, key=lambda key: (key[0].__name__, key[1]))
        references, schema = models_json_schema(ordered, ref_template=REFERENCE)
        return cls({**references}, schema["$defs"])

    def of_request(self, model: type[BaseModel]) -> Any:
        return self.references[model, "validation"]

    def of_answer(self, model: type[BaseModel]) -> Any:
        return self.references[model, "serialization"]

    def of_problem(self) -> Any:
        return self.references[Problem, "validation"]
