"""Stands in for `docker compose`, which is not here: looks at the words, and runs what runs."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

HOUSE = Path(__file__).parents[2]


def _services(name: str) -> dict[str, Any]:
    """By the quick parser: this is read for every command."""
    services: dict[str, Any] = yaml.load((HOUSE / name).read_text(), yaml.CSafeLoader)["services"]
    return services


SERVICES = _services("compose.prod.yml")

# Each subcommand's options, as Compose 2 has them; those that take a value end with `=`.
OPTIONS = {
    "build": {"--pull"},
    "exec": {"-T"},
    "logs": {"--no-log-prefix", "--since=", "--tail="},
    "ps": {"--all"},
    "restart": set(),
    "run": {"--rm", "--no-deps"},
    "start": set(),
    "stop": set(),
    "up": {"--detach", "--wait", "--no-deps", "--force-recreate", "--no-recreate", "--scale="},
}
# What a container's folders are here: named by a variable, or part of this repository.
FOLDERS = {
    "db": {"/ops/": str(HOUSE / "docs/ops/postgres") + "/", "/backup": "$BACKUP"},
    "redis": {"/run/secrets": "$SECRETS", "/data": "$REDIS_DATA", "/backup": "$BACKUP"},
}


def main(words: list[str]) -> None:
    """Ends as the command within the container would, or with 2 when there is no such word."""
    if words.pop(0) != "compose":
        _refuse("compose")
    while words[0] == "-f":
        _check_file(words[1])
        words = words[2:]
    subcommand, words = words[0], _without_options(words[0], words[1:])
    if subcommand in ("exec", "run"):
        _check_service(words[0])
        _run(words[0], words[1:])
    for name in words:
        _check_service(name)


def _without_options(subcommand: str, words: list[str]) -> list[str]:
    if subcommand not in OPTIONS:
        _refuse(subcommand)
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in OPTIONS[subcommand]:
            continue
        if f"{option}=" not in OPTIONS[subcommand]:
            _refuse(option)
        if option == "--scale":
            _check_service(words[0].partition("=")[0])
        words.pop(0)
    return words


def _check_file(name: str) -> None:
    if not {*_services(name)} <= SERVICES.keys():
        _refuse(name)


def _check_service(name: str) -> None:
    if name not in SERVICES:
        _refuse(name)


def _refuse(word: str) -> None:
    print(f"docker compose knows no {word}", file=sys.stderr)
    raise SystemExit(2)


def _run(service: str, command: list[str]) -> None:
    """With this machine's folders, as the user whom the container's files belong to."""
    command = command or list(SERVICES[service]["command"])
    for theirs, ours in FOLDERS.get(service, {}).items():
        here = os.path.expandvars(ours)
        command = [re.sub(rf"(?<!\w){theirs}", here, each) for each in command]
    if service == "redis":
        port = os.environ["REDIS_PORT"]
        command = [re.sub(r"redis-cli", f"redis-cli -p {port}", each) for each in command]
    if service == "db":
        _become_owner(Path(os.environ["PGDATA"]))
    raise SystemExit(subprocess.run(command, check=False).returncode)


def _become_owner(folder: Path) -> None:
    owner = folder.stat()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


if __name__ == "__main__":
    main(sys.argv[1:])
