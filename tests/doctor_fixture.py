"""A system for the doctor: servers of its own, set up as in production, to be made ill."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import psycopg2
import pytest

from ostiary.doctor.doctor import LOOKS, Doctor, Report
from ostiary.doctor.site import Site
from ostiary.platform.clock import system_clock
from ostiary.platform.settings import read_settings
from ostiary.services import Services, open_services
from tests.seeds import seeded_postgres
from tests.servers import redis_program
from tests.truncate import EMPTY_EVERY_TABLE
from tests.waiting import wait_until
from workshop.harness.ports import free_port
from workshop.harness.postgres import EmbeddedPostgres
from workshop.harness.redis import EmbeddedRedis
from workshop.harness.server import Server
from workshop.mailbox import Mailbox


@dataclass
class Clinic:
    """`environ` is what the doctor reads; `later` is how far its clock is ahead."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    environ: dict[str, str]
    later: timedelta = timedelta()
    host_is_ahead: timedelta = timedelta()
    services: Services = field(init=False)

    def __post_init__(self) -> None:
        self.services = open_services(read_settings(self.environ), nudge=lambda task, *ids: None)

    def everybody_lives(self) -> None:
        """Even where the doctor comes a minute later."""
        for process in ("worker", "beat", "watch"):
            self.services.heartbeats.beat(process)
        self.run("UPDATE heartbeat SET seen_at = seen_at + interval '1 minute'")

    def site(self, **environ: str) -> Site:
        return Site(
            read_settings(self.environ | environ),
            now=lambda: system_clock() + self.later,
            host=lambda: system_clock() + self.host_is_ahead,
        )

    def examine(self, *subjects: str, **environ: str) -> Report:
        looks = {subject: LOOKS[subject] for subject in subjects or LOOKS}
        return Doctor(self.site(**environ), looks).examine()

    def found(self, *subjects: str, **environ: str) -> set[str]:
        """The ids of the findings; whoever names subjects expects them to be seen."""
        report = self.examine(*subjects, **environ)
        assert not subjects or not report.unseen
        return {each.advice.id for each in report.findings}

    def run(self, *statements: str) -> None:
        with closing(self.connect()) as connection:
            for statement in statements:
                connection.cursor().execute(statement)

    def connect(self) -> psycopg2.extensions.connection:
        connection = psycopg2.connect(self.postgres.url)
        connection.autocommit = True
        return connection

    def configure(self, **values: str) -> None:
        self.reload(*(f"ALTER SYSTEM SET {name} = {value}" for name, value in values.items()))

    def reload(self, *statements: str) -> None:
        """Whoever connects afterwards finds it done."""
        before = self._loaded_at()
        self.run(*statements, "SELECT pg_reload_conf()")
        wait_until(lambda: self._loaded_at() > before)

    def _loaded_at(self) -> datetime:
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_conf_load_time()")
            moment: datetime = cursor.fetchall()[0][0]
            return moment


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    server.freeze()
    try:
        yield
    finally:
        server.thaw()


@pytest.fixture(scope="module")
def ward(servers_home: Path) -> Iterator[Clinic]:
    home = Path(mkdtemp(dir=servers_home))
    home.chmod(0o711)
    with (
        seeded_postgres(home, durable=True) as postgres,
        EmbeddedRedis(home=home, program=redis_program()) as redis,
        Mailbox() as mailbox,
    ):
        yield Clinic(postgres, redis, _environ(postgres, redis, mailbox))


@pytest.fixture
def clinic(ward: Clinic) -> Iterator[Clinic]:
    """As healthy as it can be, and as empty; what a test configures ends with it."""
    ward.run(EMPTY_EVERY_TABLE)
    ward.redis.client().flushall()
    clinic = replace(ward, environ=dict(ward.environ))
    clinic.everybody_lives()
    yield clinic
    clinic.services.close()
    ward.reload("ALTER SYSTEM RESET ALL")


def _environ(postgres: EmbeddedPostgres, redis: EmbeddedRedis, mailbox: Mailbox) -> dict[str, str]:
    return {
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "SECRET_KEYS": "Zq8wq0rR3mNn1bX5vT7yU2kJ9hG4fD6s",
        "SMTP_URL": mailbox.smtp_url,
        "ALERT_EMAILS": "ops@example.com",
        "ALERT_WEBHOOK_URL": "https://pager.example.com/hook",
        "ALERT_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "WEB_CONCURRENCY": "2",
        "PORT": str(free_port()),
        "WORKER_METRICS_PORT": "0",
    }
