"""A validator that says what it wants and never repeats what it was given."""

import re
from collections.abc import Callable
from typing import TypeVar

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

Value = TypeVar("Value")


def accepts(parse: Callable[[str], Value], wanted: str) -> PlainValidator:
    """Refuses with the sentence `wanted` whatever `parse` answers with a `ValueError`."""

    def validate(text: str) -> Value:
        try:
            return parse(text)
        except ValueError:
            raise PydanticCustomError("setting", "must be {wanted}", {"wanted": wanted}) from None

    return PlainValidator(validate)


def each(parse: Callable[[str], Value]) -> Callable[[str], tuple[Value, ...]]:
    """Parses a comma-separated list of at least one item; blanks around the commas are nothing."""

    def parse_all(text: str) -> tuple[Value, ...]:
        items = tuple(parse(item.strip()) for item in text.split(",") if item.strip())
        if not items:
            raise ValueError(text)
        return items

    return parse_all


def matching(pattern: str, text: str) -> tuple[str, ...]:
    """The groups of a pattern that fits the whole text; `ValueError` when it does not."""
    if found := re.fullmatch(pattern, text):
        return tuple(group or "" for group in found.groups())
    raise ValueError(pattern)
