"""What is asked of Ostiary's own parts, in a process of its own: how long each call took."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from ostiary.courier.leases import Leases
from ostiary.platform.identifiers import new_id
from ostiary.platform.logs import configure_logs
from ostiary.platform.settings import read_settings
from ostiary.services import Services, open_services
from tasks.nudges import open_nudges

# Fewer than the publisher's queue has room for.
BURST = 1_000
CLAIMS = 200
WARMING = 5


def claim(environ: dict[str, str]) -> list[float]:
    """Seconds a claim of whatever is due longest."""
    services = _open(environ)
    leases = Leases(services.database, services.outbox.now)
    for _ in range(WARMING):
        leases.claim_next("nobody's", due=leases.now())
    return [_timed(lambda: leases.claim_next("mail", due=leases.now())) for _ in range(CLAIMS)]


def relay(environ: dict[str, str]) -> list[float]:
    """Seconds to find and mark what is due; nobody is nudged."""
    services = _open(environ)
    services.database.fetch_all("SELECT 1")
    return [_timed(services.outbox.nudge_due)]


def sweep_sessions(environ: dict[str, str]) -> list[float]:
    services = _open(environ)
    return [_timed(services.expiry.expire_sessions)]


def sweep_attempts(environ: dict[str, str]) -> list[float]:
    services = _open(environ)
    return [_timed(services.history.attempts.prune)]


def nudge(environ: dict[str, str]) -> list[float]:
    """Seconds a call, and at last the CPU seconds of each of them, publishing included."""
    configure_logs("benchmark", "warning")
    nudges = open_nudges(environ["REDIS_URL"])
    nudges("tasks.mail.send_verification_email", new_id())
    nudges.close()
    used, ids = time.process_time(), [new_id() for _ in range(BURST)]

    def once(promise_id: UUID) -> float:
        return _timed(lambda: nudges("tasks.mail.send_verification_email", promise_id))

    waits = [once(each) for each in ids]
    for _ in range(10):
        nudges.close()
    return [*waits, (time.process_time() - used) / BURST]


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _open(environ: dict[str, str]) -> Services:
    configure_logs("benchmark", "warning")
    return open_services(read_settings(environ), nudge=lambda _task, *_ids: None)
