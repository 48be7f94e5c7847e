"""Which tests drive which route: `make test ARGS=--routes` shows it, and fails where none does.

A route is driven by a test that asks for it by name and gets what it asked for; tests that knock at
every door there is are none.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

KNOCKS = ("test_bodies", "test_every_route", "test_fuzz", "test_hostile_requests", "test_problems")

Route = tuple[str, str]

answers: defaultdict[Route, set[int]] = defaultdict(set)
drivers: defaultdict[Route, set[str]] = defaultdict(set)


@dataclass(frozen=True)
class Watched:
    """An application whose answers under these paths are written down."""

    app: Any
    paths: tuple[str, ...] = ("/",)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        def start(status: str, *rest: Any) -> Any:
            path = environ.get("PATH_INFO", "")
            if path.startswith(self.paths):
                note(environ["REQUEST_METHOD"], path, int(status[:3]))
            return start_response(status, *rest)

        return self.app(environ, start)


def note(method: str, path: str, status: int) -> None:
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    route = (method, path)
    answers[route].add(status)
    if test and status < 400 and not any(knock in test for knock in KNOCKS):
        drivers[route].add(test.removeprefix("tests/"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--routes", action="store_true", help="Show which tests drive which route.")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.getoption("--routes"):
        terminalreporter.section("routes")
        for line in table():
            terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--routes") and gaps():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def table() -> Iterator[str]:
    width = max(len(f"{method} {path}") for method, path in templates())
    for route in templates():
        seen = " ".join(map(str, sorted(matching(answers, route))))
        tests = sorted(matching(drivers, route))
        shown = f"{len(tests):4}  {tests[0]}" if tests else "NONE"
        yield f"{' '.join(route):{width}}  {seen:27}  {shown}"
    yield f"{len(templates())} routes, {len(gaps())} that no test drives"


def gaps() -> list[Route]:
    return [route for route in templates() if not matching(drivers, route)]


def matching(noted: dict[Route, set[Any]], route: Route) -> set[Any]:
    """What was noted of every path of the route."""
    method, template = route
    path = re.compile(re.sub(r"\\{.*?\\}", "[^/]+", re.escape(template)))
    found = (
        seen for (verb, each), seen in noted.items() if verb == method and path.fullmatch(each)
    )
    return set().union(*found)


@cache
def templates() -> list[Route]:
    from tests.raw_requests import every_route

    return [(route.method, route.template) for route in every_route()]
