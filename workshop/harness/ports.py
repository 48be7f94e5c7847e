"""TCP ports on this machine: which are free, and what to say when one is not."""

import itertools
import os
import socket
from collections.abc import Mapping

from workshop.harness.errors import CannotStart

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104


# Below those that systems give to whoever connects, or listens and does not care.
_LOWEST, _MANY, _APART = 20_000, 12_000, 61
_given = itertools.count()


def free_port() -> int:
    """One that nobody else is given before it is used: each process has its own to begin with."""
    while True:
        port = _LOWEST + (os.getpid() * _APART + next(_given)) % _MANY
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    return not _answers(port) and all(_binds(address, port) for address in (LOOPBACK, EVERYWHERE))


def ensure_free(ports: Mapping[str, int]) -> None:
    """Raises CannotStart naming every port in use and the variable that moves it."""
    taken = {name: port for name, port in ports.items() if not is_free(port)}
    if not taken:
        return
    lines = [f"port {port} is in use; {name} moves it" for name, port in taken.items()]
    way_out = " ".join(f"{name}={_next_free(port)}" for name, port in taken.items())
    raise CannotStart("\n".join([*lines, f"For instance: {way_out} make dev"]))


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _binds(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True


def _next_free(port: int) -> int:
    return next(candidate for candidate in range(port + 1, 65536) if is_free(candidate))
