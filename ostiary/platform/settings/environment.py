"""The environment as it is given: values in variables, or in the files that variables name."""

from collections.abc import Iterable, Mapping
from pathlib import Path


def gather(
    environ: Mapping[str, str], names: Iterable[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The values of these variables, and what is wrong with the others; an empty one is unset."""
    values: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name in names:
        try:
            value = _value(environ, name)
        except ValueError as problem:
            problems[name] = str(problem)
        else:
            values |= {name: value} if value else {}
    return values, problems


def _value(environ: Mapping[str, str], name: str) -> str:
    value, path = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if value and path:
        raise ValueError(f"and {name}_FILE are both set")
    if path:
        value = _content(path, named_by=f"{name}_FILE")
    if not value.isprintable():
        raise ValueError("contains a line break or another character that is not text")
    return value


def _content(path: str, *, named_by: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise ValueError(f"cannot be read from {named_by}: {error.strerror}") from None
    except ValueError:
        raise ValueError(
            f"cannot be read from {named_by}: it names no file of UTF-8 text"
        ) from None
