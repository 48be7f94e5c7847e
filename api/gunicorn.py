"""Gunicorn, configured by the environment alone."""

from pathlib import Path
from typing import Any

from api.server.logger import JsonLogger
from api.server.worker import Worker
from ostiary.platform.settings import settings_or_exit
from ostiary.platform.tallies import folder

_settings = settings_or_exit()

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


def pre_fork(_master: Any, _child: Any) -> None:
    if counts := _counts():
        folder.ensure_there(counts)


def child_exit(master: Any, _child: Any) -> None:
    from ostiary.platform.tallies.files import fold

    if counts := _counts():
        fold(counts, living=master.WORKERS.keys())


def on_exit(_master: Any) -> None:
    if counts := _counts():
        folder.remove_folder(counts)


def _counts() -> Path | None:
    """Never a folder that somebody else has named."""
    return folder.find_folder() if _settings.metrics_enabled else None
