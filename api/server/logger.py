"""Gunicorn's own messages, as the JSON lines everybody writes."""

from gunicorn.config import Config
from gunicorn.glogging import Logger

from ostiary.platform.logs import configure_logs


class JsonLogger(Logger):  # type: ignore[misc]
    """Without an access log: the application writes one line per request itself."""

    access_log_enabled = False

    def setup(self, cfg: Config) -> None:
        self.cfg = cfg
        configure_logs("web", cfg.loglevel)
