"""A PgBouncer in transaction mode before Postgres: no two transactions meet the same session."""

import os
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import psycopg2

from workshop.harness.ports import LOOPBACK
from workshop.harness.secret_files import write_secret
from workshop.harness.server import Server
from workshop.harness.unprivileged import Identity, give_to_server, server_identity

PGBOUNCER = os.environ.get("TEST_PGBOUNCER") or shutil.which("pgbouncer")


@dataclass(kw_only=True)
class PgBouncer(Server):
    """`behind` is the URL of Postgres; fewer sessions than clients, so that they have to share."""

    name: ClassVar[str] = "pgbouncer"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    program: Path
    behind: str
    sessions: int = field(default=4)

    @property
    def url(self) -> str:
        parts = urlsplit(self.behind)
        return f"postgresql://{parts.username}@{LOOPBACK}:{self.port}{parts.path}"

    @property
    def data(self) -> Path:
        return self.home / "pgbouncer"

    def end_leftover(self) -> None:
        """Its folder is new for every run."""

    def _prepare(self) -> None:
        give_to_server(self.data, self._identity())
        write_secret(self._configuration, "\n".join(self._settings()))
        if identity := self._identity():
            os.chown(self._configuration, identity["user"], identity["group"])

    @property
    def _configuration(self) -> Path:
        return self.data / "pgbouncer.ini"

    def _settings(self) -> list[str]:
        parts = urlsplit(self.behind)
        login = f"user={parts.username} password={parts.password}"
        return [
            "[databases]",
            f"* = host={parts.hostname} port={parts.port} {login}",
            "[pgbouncer]",
            f"listen_addr = {LOOPBACK}",
            f"listen_port = {self.port}",
            "auth_type = any",
            "pool_mode = transaction",
            f"default_pool_size = {self.sessions}",
            "server_reset_query_always = 1",
            "server_reset_query = DISCARD ALL",
        ]

    def _command(self) -> list[str]:
        return [str(self.program), str(self._configuration)]

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url).close()
        except psycopg2.Error:
            return False
        return True

    def _identity(self) -> Identity:
        return server_identity()
