"""Our own source, to be read by tests about it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from ostiary.errors import Refusal

HOUSE = Path(__file__).parent.parent
PACKAGES = ("api", "ostiary", "tasks", "workers")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Module:
    path: Path

    @property
    def name(self) -> str:
        return ".".join(self.path.with_suffix("").parts)

    @property
    def wing(self) -> str:
        """`ostiary.accounts` for everything in it; elsewhere the whole package."""
        return ".".join(self.name.split(".")[: 2 if self.name.startswith("ostiary.") else 1])

    @cached_property
    def text(self) -> str:
        return (HOUSE / self.path).read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def docstrings(self) -> set[str | None]:
        classes = self.find(ast.ClassDef)
        documented = (self.tree, *classes, *self.functions())
        return {ast.get_docstring(node, clean=False) for node in documented}

    def find(self, kind: type[Node], within: ast.AST | None = None) -> Iterator[Node]:
        return (node for node in ast.walk(within or self.tree) if isinstance(node, kind))

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imports(self) -> Iterator[tuple[str, str, ast.AST]]:
        """The module, the name it is known by here, and where."""
        for plain in self.find(ast.Import):
            for each in plain.names:
                yield each.name, each.asname or each.name, plain
        for chosen in self.find(ast.ImportFrom):
            for each in chosen.names:
                yield f"{chosen.module}.{each.name}", each.asname or each.name, chosen

    def strings(self, within: ast.AST | None = None) -> Iterator[tuple[str, ast.AST]]:
        """Every text but the docstrings, an f-string in pieces."""
        for node in self.find(ast.Constant, within=within):
            if isinstance(node.value, str) and node.value not in self.docstrings:
                yield node.value, node

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


def every_refusal(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Those with a code, of the domain and of HTTP, but none that a test made up."""
    import_module("api.http.refusals")
    for refusal in kind.__subclasses__():
        yield from every_refusal(refusal)
        if hasattr(refusal, "code") and refusal.__module__.startswith(PACKAGES):
            yield refusal


def every_fault_code() -> set[str]:
    """What may be wrong with a field, by the stable codes of the tables; `invalid` is for none."""
    kinds = {code for code, _ in import_module("api.http.faults").KINDS.values()}
    return {*kinds, *import_module("ostiary.accounts.passwords").REASONS, "email_unacceptable"}


def read(*folders: str) -> list[Module]:
    found = (path for folder in folders for path in (HOUSE / folder).rglob("*.py"))
    return [Module(path.relative_to(HOUSE)) for path in sorted(found)]


MODULES = read(*PACKAGES)
TESTS = read("tests")
WORKSHOP = read("workshop")
