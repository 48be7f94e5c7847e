"""The house rules that a machine can see are kept, and whoever breaks one is named."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import chain

import pytest
from packaging.utils import canonicalize_name

from tests.source_tree import HOUSE, MODULES, TESTS, WORKSHOP, Function, Module, every_refusal

LONGEST_MODULE = 200
LONGEST_FUNCTION = 25
WIRING = {"open_services"}
VAGUE = {"utils", "helpers", "common", "base", "manager"}
PLATFORM = "ostiary.platform"
CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time")
CHANCE = {"random", "secrets"}
CONTRACT = {
    "tasks.mail.send_verification_email",
    "tasks.mail.send_already_registered_email",
    "tasks.mail.send_password_reset_email",
    "tasks.mail.send_password_changed_email",
    "tasks.mail.send_new_device_email",
    "tasks.mail.send_lockout_email",
    "tasks.mail.send_invitation_email",
    "tasks.sweeps.expire_lockouts",
    "tasks.sweeps.expire_sessions",
    "tasks.sweeps.expire_tokens",
    "tasks.sweeps.prune_history",
    "tasks.checks.check_readiness",
    "tasks.alerts.evaluate",
    "tasks.alerts.notify",
    "tasks.keys.rotate_if_due",
    "tasks.outbox.relay",
}

LOCKS: dict[str, list[str]] = {"requirements.txt": [], "requirements-dev.txt": ["dev", "otel"]}
BUILD_LOCK = "requirements-argon2.txt"

one_sentence = re.compile(r"\S(?:(?![.?!]\s).)*[.?!]", re.DOTALL).fullmatch
written_tables = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE)\s+(\w+)"
).findall
is_sql = re.compile(r"\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\s").match
writes = re.compile(r"insert|update|delete|create|save|replace|bulk_").match


def ensure_nobody(breaks_it: Iterable[str], rule: str) -> None:
    offenders = list(breaks_it)
    if offenders:
        pytest.fail("\n".join([rule, *offenders]), pytrace=False)


class TestAModule:
    def test_is_short(self) -> None:
        lengths = ((module, module.text.count("\n")) for module in [*MODULES, *WORKSHOP])
        too_long = (f"{each.path}: {lines}" for each, lines in lengths if lines > LONGEST_MODULE)
        ensure_nobody(too_long, f"A module has at most {LONGEST_MODULE} lines.")

    def test_opens_with_one_sentence(self) -> None:
        silent = (
            f"{module.path}"
            for module in [*MODULES, *TESTS, *WORKSHOP]
            if not one_sentence((ast.get_docstring(module.tree) or "").split("\n\n")[0])
        )
        ensure_nobody(silent, "A module opens with one sentence that says what it is for.")

    def test_has_a_name_that_says_something(self) -> None:
        everything = [*MODULES, *WORKSHOP]
        vague = (f"{each.path}" for each in everything if VAGUE & set(each.name.split(".")))
        ensure_nobody(vague, f"No module is called any of {VAGUE}.")


class TestAFunction:
    def test_is_short(self) -> None:
        too_long = (
            f"{module.at(function)} {function.name}: {_length(function)}"
            for module in [*MODULES, *WORKSHOP]
            for function in module.functions()
            if _length(function) > LONGEST_FUNCTION and function.name not in WIRING
        )
        ensure_nobody(too_long, f"A function has at most {LONGEST_FUNCTION} lines.")


class TestTheOutsideWorld:
    def test_tells_the_time_through_the_clock(self) -> None:
        impatient = (
            module.at(node)
            for module in _outside_platform()
            for node in module.find(ast.Attribute)
            if _dotted(node).endswith(CLOCKS)
        )
        ensure_nobody(impatient, "Time is `now: Clock` outside the platform.")

    def test_is_guessed_at_by_the_platform_alone(self) -> None:
        gamblers = (
            module.at(node)
            for module in _outside_platform()
            for source, _, node in module.imports()
            if source.split(".")[0] in CHANCE
        )
        ensure_nobody(gamblers, "Chance comes from ostiary/platform/identifiers.py.")


class TestATable:
    def test_is_written_in_sql_by_its_own_wing(self) -> None:
        owners = dict(_owned_tables())
        trespassers = (
            f"{module.at(node)} writes {table}, which belongs to {owners[table]}"
            for module in MODULES
            for text, node in module.strings()
            for table in written_tables(text)
            if ".migrations." not in module.name
            if owners.get(table, module.wing) != module.wing
        )
        ensure_nobody(trespassers, "A wing writes its own tables only.")

    def test_is_written_through_models_by_its_own_wing(self) -> None:
        trespassers = (
            f"{module.at(call)} {_dotted(call.func)}"
            for module in MODULES
            for call in module.find(ast.Call)
            if isinstance(call.func, ast.Attribute)
            if writes(call.func.attr) and _root(call.func) in _foreign_models(module)
        )
        ensure_nobody(trespassers, "A wing writes its own tables only.")

    def test_is_spoken_to_in_constants(self) -> None:
        improvised = (
            module.at(text)
            for module in MODULES
            for function in module.functions()
            for text in module.find(ast.JoinedStr, within=function)
            if any(is_sql(piece) for piece, _ in module.strings(within=text))
        )
        ensure_nobody(improvised, "SQL is put together from constants, outside functions.")


class TestATask:
    def test_is_one_statement(self) -> None:
        wordy = (
            f"{module.at(function)} {function.name}"
            for module, function, _ in _tasks()
            if len(function.body) != 1
        )
        ensure_nobody(wordy, "A task is one statement.")

    def test_is_named_for_where_it_is(self) -> None:
        misplaced = (
            f"{module.at(function)} {name}"
            for module, function, name in _tasks()
            if name != f"{module.name}.{function.name}"
        )
        ensure_nobody(misplaced, "A task's name is where to find it.")

    def test_is_promised_by_the_contract(self) -> None:
        unheard_of = {name for *_, name in _tasks()} - CONTRACT
        ensure_nobody(unheard_of, "Tasks have the names that operators know.")


class TestARefusal:
    def test_is_explained_on_a_page(self) -> None:
        codes = {refusal.code for refusal in every_refusal()}
        pages = {page.stem for page in (HOUSE / "docs/errors").glob("*.md")}
        ensure_nobody(sorted(codes - pages), "Every code has a page in docs/errors.")


class TestALock:
    @pytest.mark.parametrize("lock", [*LOCKS, BUILD_LOCK])
    def test_names_no_host_and_trusts_nobody(self, lock: str) -> None:
        loose = (
            entry for entry in _locked(lock) if "://" in entry or "--hash=sha256:" not in entry
        )
        ensure_nobody(loose, "A lock names versions and hashes, and no host.")

    @pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
    def test_holds_what_the_project_asks_for(self, lock: str, extras: list[str]) -> None:
        asked = sorted(map(canonicalize_name, _asked_for(extras)))
        direct = (entry for entry in _locked(lock) if "ostiary (pyproject.toml)" in entry)
        assert sorted(re.split("[=[]", entry)[0] for entry in direct) == asked

    def test_of_argon2_has_the_versions_of_the_others(self) -> None:
        installed = {entry.split()[0] for entry in _locked("requirements-dev.txt")}
        names = {entry.partition("==")[0] for entry in installed}
        known = {entry.split()[0] for entry in _locked(BUILD_LOCK)}
        assert {entry for entry in known if entry.partition("==")[0] in names} <= installed


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _root(node: ast.AST) -> str:
    return _dotted(node).split(".")[0]


def _outside_platform() -> Iterator[Module]:
    return (module for module in MODULES if module.wing != PLATFORM)


def _owned_tables() -> Iterator[tuple[str, str]]:
    for module in MODULES:
        if module.name.endswith(".models"):
            for model in import_module(module.name).MODELS:
                yield model._meta.table_name, module.wing


def _foreign_models(module: Module) -> set[str]:
    return {
        known_as
        for source, known_as, _ in module.imports()
        if ".models" in source and not source.startswith(f"{module.wing}.")
    }


def _tasks() -> Iterator[tuple[Module, Function, str]]:
    for module in MODULES:
        for function in module.functions():
            for decorator in function.decorator_list:
                if isinstance(decorator, ast.Call) and _dotted(decorator.func) == "app.task":
                    names = {each.arg: each.value for each in decorator.keywords}
                    yield module, function, ast.literal_eval(names["name"])


def _locked(lock: str) -> list[str]:
    return re.split(r"\n(?=\S)", (HOUSE / lock).read_text())


def _asked_for(extras: list[str]) -> Iterator[str]:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    optional = (project["optional-dependencies"][extra] for extra in extras)
    for requirement in chain(project["dependencies"], *optional):
        yield re.split(r"[^\w.-]", requirement)[0]
