"""Path, query and header parameters of an operation."""

import re
from typing import Any

from api.http.operation import Operation

PLACEHOLDER = re.compile(r"{(\w+)(?::(\w+)[^}]*)?}")


def plain_path(path: str) -> str:
    """The path without Falcon's converters."""
    return PLACEHOLDER.sub(r"{\1}", path)


def has_placeholder(path: str) -> bool:
    return PLACEHOLDER.search(path) is not None


def parameters(path: str, declared: Operation) -> list[dict[str, Any]]:
    return [*_in_path(path), *_in_query(declared), *_in_headers(declared)]


def _in_path(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _schema(converter)}
        for name, converter in PLACEHOLDER.findall(path)
    ]


def _schema(converter: str) -> dict[str, str]:
    return {"type": "string", "format": "uuid"} if converter == "uuid" else {"type": "string"}


def _in_query(declared: Operation) -> list[dict[str, Any]]:
    if declared.query is None:
        return []
    schema = declared.query.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": described}
        for name, described in schema["properties"].items()
    ]


def _in_headers(declared: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}
        for name, text in declared.headers.items()
    ]
