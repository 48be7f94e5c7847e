"""The settings of development: what nobody has set gets a value that works on one machine."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from workshop.harness.errors import CannotStart

PORTS = {
    "PORT": 3000,
    "FLOWER_PORT": 5555,
    "WORKER_METRICS_PORT": 9808,
    "MAILBOX_SMTP_PORT": 1025,
    "MAILBOX_PORT": 8025,
}


def is_given(environ: Mapping[str, str], name: str) -> bool:
    """Set itself or through a file; an empty variable is unset."""
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))


def ports(environ: Mapping[str, str]) -> dict[str, int]:
    return {name: _port(name, environ.get(name) or usual) for name, usual in PORTS.items()}


def usual_settings(environ: Mapping[str, str]) -> dict[str, str]:
    taken = {name: str(port) for name, port in ports(environ).items()}
    metrics = {} if _any_metrics(environ) else {"METRICS_ENABLED": "true", "METRICS_GUARD": "none"}
    return (
        taken
        | metrics
        | {
            "APP_ENV": "development",
            "PUBLIC_URL": f"http://localhost:{taken['PORT']}",
            "SMTP_URL": f"smtp://localhost:{taken['MAILBOX_SMTP_PORT']}?starttls=off",
            "MAIL_FROM": "Ostiary <ostiary@localhost.localdomain>",
            "ALERT_EMAILS": "operator@localhost.localdomain",
            "WEB_CONCURRENCY": "1",
            "WORKER_CONCURRENCY": "2",
            "PYTHONUNBUFFERED": "1",
        }
    )


def complete(environ: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """`environ`, where it is silent `defaults`, and this Python's own programs first."""
    missing = {name: value for name, value in defaults.items() if not is_given(environ, name)}
    here = str(Path(sys.executable).parent)
    return {**environ, **missing, "PATH": f"{here}{os.pathsep}{environ.get('PATH', os.defpath)}"}


def as_shell_script(settings: Mapping[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items())


def _port(name: str, text: str | int) -> int:
    try:
        return int(text)
    except ValueError:
        raise CannotStart(f"{name} must be a port number, not {text!r}.") from None


def _any_metrics(environ: Mapping[str, str]) -> bool:
    return any(name.startswith("METRICS_") and value for name, value in environ.items())
