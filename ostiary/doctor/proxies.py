"""Proxies that nobody named, as the attempts themselves show them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from ipaddress import ip_network

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.platform.database import Row
from ostiary.watch.heartbeats import STALE_AFTER

LATELY = timedelta(days=1)
FEWEST_ATTEMPTS = 20
# Whoever tries this many accounts is no person.
FEWEST_SUBJECTS = 5
NEARLY_ALL = 0.95

# The watchdog leaves the sign of whoever looks after Postgres, too.
WEB_SINCE = """
SELECT min(since) FROM heartbeat WHERE process = 'probe' AND seen_at > %(fresh_since)s
    AND instance NOT IN (SELECT instance FROM heartbeat WHERE process = 'watch')
"""
CLIENTS = f"""
SELECT client, count(*) AS attempts, count(DISTINCT subject) AS subjects,
    sum(count(*)) OVER () AS all_attempts
FROM attempt WHERE at > greatest(%(since)s, ({WEB_SINCE}))
GROUP BY client ORDER BY attempts DESC LIMIT 1
"""


def look(site: Site) -> Iterator[Finding]:
    """Whatever came before web was restarted says nothing of the settings that it has now."""
    now = site.now()
    with site.postgres() as database:
        rows = database.fetch_all(CLIENTS, since=now - LATELY, fresh_since=now - STALE_AFTER)
    yield from untrusted(rows, is_public=site.is_public)


def untrusted(rows: Iterable[Row], *, is_public: bool) -> Iterator[Finding]:
    """At home, everybody comes from this machine itself."""
    for row in rows:
        client = ip_network(row.client, strict=False)
        is_proxy = client.is_private and (is_public or not client.is_loopback)
        share = row.attempts / float(row.all_attempts)
        is_crowd = row.attempts >= FEWEST_ATTEMPTS and row.subjects >= FEWEST_SUBJECTS
        if is_proxy and is_crowd and share >= NEARLY_ALL:
            yield Finding(
                "proxy_not_trusted",
                f"{share:.0%} of the last {row.all_attempts} attempts, on {row.subjects} budgets, "
                "came from one private address.",
            )
