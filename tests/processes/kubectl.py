"""Stands in for `kubectl`, which has no cluster here: looks at the words, and runs what runs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.kustomization import FOLDER, Resource, render

# Each subcommand's options, as kubectl 1.30 has them; those that take a value end with `=`.
OPTIONS = {
    "apply": {"--filename=", "-k="},
    "create": {"--dry-run=", "--output=", "--cert=", "--key=", "--from-file="},
    "delete": {"--ignore-not-found"},
    "exec": {"-it", "--container="},
    "get": set(),
    "label": {"--overwrite"},
    "logs": {"--since=", "--tail=", "--prefix", "--selector="},
    "patch": {"--patch=", "--type="},
    "rollout": {"--selector="},
    "wait": {"--for=", "--timeout="},
}
KINDS = {"hpa": "horizontalpodautoscaler"}


def main(words: list[str]) -> None:
    """Ends as the command within the pod would, or with 2 when there is no such word."""
    namespace = ""
    if words[0] == "--namespace":
        namespace, words = words[1], words[2:]
        _check(namespace in _cluster().read_text().split(), f"namespace {namespace}")
    subcommand, *words = words
    _check(subcommand in OPTIONS, subcommand)
    words, command = _apart(words)
    options, names = _sorted_out(subcommand, words)
    _do(subcommand, options, names)
    if command:
        raise SystemExit(subprocess.run(command, check=False).returncode)


def _apart(words: list[str]) -> tuple[list[str], list[str]]:
    """What is said to kubectl, and what to the container."""
    end = words.index("--") if "--" in words else len(words)
    return words[:end], words[end + 1 :]


def _sorted_out(subcommand: str, words: list[str]) -> tuple[dict[str, str], list[str]]:
    options: dict[str, str] = {}
    names = []
    rest = iter(words)
    for word in rest:
        name, joined, value = word.partition("=")
        if not word.startswith("-"):
            names.append(word)
        elif word in OPTIONS[subcommand]:
            options[word] = ""
        else:
            _check(f"{name}=" in OPTIONS[subcommand], word)
            options[name] = value if joined else next(rest)
    return options, names


def _do(subcommand: str, options: dict[str, str], names: list[str]) -> None:
    if subcommand == "create" and names[0] == "namespace":
        print(yaml.safe_dump({"kind": "Namespace", "metadata": {"name": names[1]}}))
    elif subcommand == "apply":
        _apply(options)
    elif subcommand in {"exec", "patch", "rollout", "wait"}:
        _check_named(subcommand, options, names)


def _apply(options: dict[str, str]) -> None:
    if "-k" in options:
        (namespace,) = {each["metadata"]["namespace"] for each in render(Path(options["-k"]))}
        _check(namespace in _cluster().read_text().split(), f"namespace {namespace}")
        return
    name = options["--filename"]
    for each in yaml.safe_load_all(sys.stdin if name == "-" else Path(name).read_text()):
        if each["kind"] == "Namespace":
            with _cluster().open("a") as cluster:
                cluster.write(f"{each['metadata']['name']}\n")


def _check_named(subcommand: str, options: dict[str, str], names: list[str]) -> None:
    if subcommand == "rollout":
        _check(names.pop(0) in {"restart", "status"}, "such a rollout")
    if "--selector" in options:
        return
    known, name = _known(), _full_name(names)
    _check(name in known, name)
    wanted = options.get("--container")
    _check(wanted is None or wanted in known[name], f"container {wanted}")


def _full_name(names: list[str]) -> str:
    """`hpa ostiary-web`, `deployment/ostiary-web`, or a pod's name alone."""
    *kind, name = names
    if kind:
        return f"{KINDS.get(kind[0], kind[0])}/{name}"
    return name if "/" in name else f"pod/{name}"


def _known() -> dict[str, list[str]]:
    """Every resource of production, and what no overlay applies, each with its containers."""
    files = (FOLDER / name for name in ("secrets.sample.yaml", "tools.yaml"))
    resources = [
        *render(FOLDER / "overlays/production"),
        *(each for file in files for each in yaml.safe_load_all(file.read_text())),
    ]
    return {
        f"{each['kind'].lower()}/{each['metadata']['name']}": _containers(each)
        for each in resources
    }


def _containers(resource: Resource) -> list[str]:
    spec: Any = resource.get("spec", {})
    pod = spec.get("template", {}).get("spec", spec)
    return [each["name"] for each in pod.get("containers", ())]


def _cluster() -> Path:
    """A file with the names of its namespaces."""
    return Path(os.environ["CLUSTER"])


def _check(known: bool, word: str) -> None:  # noqa: FBT001
    if not known:
        print(f"kubectl knows no {word}", file=sys.stderr)
        raise SystemExit(2)


if __name__ == "__main__":
    main(sys.argv[1:])
