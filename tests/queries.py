"""What PromQL expressions ask for, and whether there is such a thing."""

from collections.abc import Iterator
from typing import Any

from promql_parser import AggModifierType, AggregateExpr, Expr, VectorSelector, parse, walk

from ostiary.platform.metrics import METRICS

OF_A_TARGET = {"job", "instance"}
OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")
LABELS = {metric.name: {*metric.labels, "le"} | OF_A_TARGET for metric in METRICS}


def metrics_of(expression: str) -> set[str]:
    """Ours, as METRICS knows them."""
    return {
        _metric(name) for name, _ in _selected(parse(expression)) if name.startswith("ostiary_")
    }


def invented(expression: str) -> set[str]:
    """Metrics, and labels of them, that do not exist; raises where it is no PromQL."""
    return {
        f"{name}: {label}"
        for name, labels in _asked(parse(expression))
        for label in labels - LABELS.get(_metric(name), set())
        if name.startswith("ostiary_")
    }


def _asked(expression: Expr) -> Iterator[tuple[str, set[str]]]:
    """Every series, with the labels it is chosen and put together by."""
    for name, labels in _selected(expression):
        yield name, labels | {"job"}
    for sum_ in _nodes(expression, AggregateExpr):
        if sum_.modifier and sum_.modifier.type == AggModifierType.By:
            for name, _ in _selected(sum_.expr):
                yield name, set(sum_.modifier.labels)


def _selected(expression: Expr) -> Iterator[tuple[str, set[str]]]:
    for found in _nodes(expression, VectorSelector):
        assert found.name, "Every series is asked for by name."
        yield found.name, {each.name for each in found.matchers.matchers}


def _nodes(expression: Expr, kind: type[Any]) -> list[Any]:
    found: list[Any] = []
    walk(expression, lambda node: found.append(node) if isinstance(node, kind) else None)
    return found


def _metric(name: str) -> str:
    ends = [end for end in OF_A_HISTOGRAM if name.endswith(end) and name not in LABELS]
    return name.removesuffix(ends[0]) if ends else name
