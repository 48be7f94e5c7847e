"""A private Postgres: one user, one password, TCP on the loopback alone."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import psycopg2

from workshop.harness.binaries import Program, find_postgres
from workshop.harness.errors import CannotStart
from workshop.harness.ports import LOOPBACK
from workshop.harness.process_tree import find_process
from workshop.harness.server import PATIENCE_SECONDS, Server
from workshop.harness.unprivileged import (
    Identity,
    give_to_server,
    reachable_home,
    reachable_package,
    server_identity,
)

OWNER = DATABASE = "ostiary"
LOCALE = ("--locale=C", "--lc-ctype=UTF-8") if sys.platform == "darwin" else ("--locale=C.UTF-8",)
INITDB = ("-U", OWNER, "--auth=scram-sha-256", "--encoding=UTF8", *LOCALE, "--no-sync")
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def find_major(home: Path) -> int | None:
    """The major version that made the data below `home`; only the same can read it."""
    try:
        return int((_data(home) / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


@dataclass(kw_only=True)
class EmbeddedPostgres(Server):
    """`home` keeps the log, and the data too where the server's user can reach it."""

    name: ClassVar[str] = "postgres"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    program: Program = field(default_factory=find_postgres)

    @property
    def data(self) -> Path:
        return _data(self.home)

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{OWNER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> "EmbeddedPostgres":
        super().start()
        self._create_database()
        return self

    def end_leftover(self) -> None:
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := find_process(pid)) and str(self.data) in found.command:
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, self.stop_signal if time.monotonic() < deadline else signal.SIGKILL)
            time.sleep(0.05)

    def _prepare(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        give_to_server(self.data, self._identity())
        if not (self.data / "PG_VERSION").exists():
            self._initialise()

    def _initialise(self) -> None:
        with tempfile.NamedTemporaryFile("w", dir=self.data.parent) as secret:
            secret.write(self.password)
            secret.flush()
            os.chown(secret.name, self._identity().get("user", -1), -1)
            made = subprocess.run(
                [self._binary("initdb"), *INITDB, "-D", self.data, "--pwfile", secret.name],
                check=False,
                cwd=self.data,
                env=self._environment(),
                capture_output=True,
                text=True,
                **self._identity(),
            )
        if made.returncode:
            raise CannotStart(f"initdb failed:\n{made.stderr.strip()}")

    def _command(self) -> list[str]:
        options = [
            f"listen_addresses={LOOPBACK}",
            f"port={self.port}",
            "unix_socket_directories=",
            *(() if self.durable else HASTY),
        ]
        settings = [word for option in options for word in ("-c", option)]
        return [str(self._binary("postgres")), "-D", str(self.data), *settings]

    def _binary(self, name: str) -> Path:
        return reachable_package(self.program.path).with_name(name)

    def _identity(self) -> Identity:
        return server_identity()

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url_of("postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError as refusal:
            if "password authentication" in str(refusal):
                self._complain_about_password()
            return False
        return True

    def _complain_about_password(self) -> None:
        self.stop()
        raise CannotStart(f"the password of {self.data} is lost; start anew with --fresh.")

    def _create_database(self) -> None:
        connection = psycopg2.connect(self.url_of("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
        connection.close()


def _data(home: Path) -> Path:
    return reachable_home(home) / "postgres"
