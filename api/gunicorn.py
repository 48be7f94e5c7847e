"""Gunicorn, configured by the environment alone."""

import gc

# Nearly all that an import makes stays: to look for garbage in it is a fifth of the start. A
# reload reads this again, and forks after it as the start does.
gc.disable()

import mimetypes
from importlib import import_module
from pathlib import Path
from typing import Any

from api.server.crowd import Crowd
from api.server.logger import JsonLogger
from api.server.worker import Worker
from ostiary.platform.settings import settings_or_exit
from ostiary.platform.tallies import folder

_settings = settings_or_exit()
_crowd = Crowd()

bind = [f"0.0.0.0:{_settings.port}"]
proc_name = "ostiary"
workers = _settings.web_concurrency
worker_class = Worker
threads = _settings.web_threads
worker_connections = 512
preload_app = False
sendfile = False
control_socket_disable = True

# The heartbeat of the event loop, not a limit on requests: see `api.server.worker` for those.
timeout = 30
graceful_timeout = 25
# Longer than the usual idle time of a proxy, so that it is the proxy that hangs up.
keepalive = 75

# Nobody may say who they are or how they came: the application trusts `TRUSTED_PROXIES`.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
limit_request_line = 4094
limit_request_fields = 100
limit_request_field_size = 8190

logger_class = JsonLogger
loglevel = _settings.log_level
accesslog = None


def on_starting(_master: Any) -> None:
    if _settings.metrics_enabled:
        folder.open_folder()
    _import_for_everybody()


def pre_fork(master: Any, child: Any) -> None:
    gc.enable()
    child.seat = _crowd.seat(each.seat for each in master.WORKERS.values())
    if counts := _counts():
        folder.ensure_there(counts)


def child_exit(master: Any, child: Any) -> None:
    from ostiary.platform.tallies.files import fold

    child.seat.leave()
    if counts := _counts():
        fold(counts, living=master.WORKERS.keys())


def on_exit(_master: Any) -> None:
    if counts := _counts():
        folder.remove_folder(counts)


def _import_for_everybody() -> None:
    """Once, before the first fork: the workers start sooner, and share what they only read."""
    import_module("api.app")
    import_module("tasks.nudges")
    # Falcon asks for it, and reads files.
    mimetypes.init()
    gc.freeze()


def _counts() -> Path | None:
    """Never a folder that somebody else has named."""
    return folder.find_folder() if _settings.metrics_enabled else None
