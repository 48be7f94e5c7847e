"""The guard of the metrics, asked from outside: the port of web, and that of the worker."""

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address

from ostiary.doctor.examination import Unseen
from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.platform.settings import Settings
from ostiary.watch.heartbeats import STALE_AFTER
from ostiary.watch.probe import HEADER, probe_of

HERE = "127.0.0.1"
PATIENCE_SECONDS = 3.0

# Web is known by its looks at Postgres, and so is the watchdog.
HOSTS = """
SELECT split_part(instance, ':', 1) AS host FROM heartbeat
WHERE process = %(process)s AND seen_at > %(since)s
    AND instance NOT IN (SELECT instance FROM heartbeat WHERE process = 'watch')
"""


def look_at_web(site: Site) -> Iterator[Finding]:
    yield from _look(site, "PORT", site.settings.port, process="probe")


def look_at_worker(site: Site) -> Iterator[Finding]:
    if port := site.settings.worker_metrics_port:
        yield from _look(site, "WORKER_METRICS_PORT", port, process="worker")


def stranger(variable: str, status: int, settings: Settings) -> Iterator[Finding]:
    """What somebody without a secret is answered."""
    if status == 200 and not _admits_strangers(settings):
        yield Finding("metrics_open", f"{variable} answers 200 to whoever asks.")
    if status == 404:
        yield Finding("metrics_absent", f"{variable} answers 404.")


def friend(variable: str, status: int) -> Iterator[Finding]:
    """What Prometheus is answered, with the secret of these settings."""
    if status == 403:
        yield Finding("metrics_secret_refused", f"{variable} answers 403 to the secret.")


def _look(site: Site, variable: str, port: int, *, process: str) -> Iterator[Finding]:
    """Of processes that live on other hosts alone, nothing is to be seen from this one."""
    if not site.settings.metrics_enabled:
        return
    try:
        yield from _ask(site.settings, variable, port)
    except Unseen:
        if not _lives_elsewhere(site, process):
            raise


def _ask(settings: Settings, variable: str, port: int) -> Iterator[Finding]:
    probe = {HEADER: probe_of(settings.secret_keys)}
    yield from stranger(variable, _status(variable, port, probe), settings)
    if settings.metrics_guard == "secret":
        secret = {"X-Metrics-Secret": settings.metrics_guard_secret or ""}
        yield from friend(variable, _status(variable, port, probe | secret))


def _lives_elsewhere(site: Site, process: str) -> bool:
    with site.postgres() as database:
        rows = database.fetch_all(HOSTS, process=process, since=site.now() - STALE_AFTER)
    hosts = {row.host for row in rows}
    return bool(hosts) and socket.gethostname() not in hosts


def _admits_strangers(settings: Settings) -> bool:
    """Whoever asks from this machine may be on the list."""
    here = ip_address(HERE)
    listed = any(here in network for network in settings.metrics_guard_allowlist)
    return settings.metrics_guard == "none" or (settings.metrics_guard == "cidr" and listed)


def _status(variable: str, port: int, headers: dict[str, str]) -> int:
    connection = HTTPConnection(HERE, port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/metrics", headers=headers)
        return connection.getresponse().status
    except (OSError, HTTPException):
        raise Unseen(f"nothing answers on {variable} of this machine") from None
    finally:
        connection.close()
