"""The watch, put together."""

from ostiary.accounts.pending_registrations import PendingRegistrations
from ostiary.audit.retention import Retention
from ostiary.platform.database import open_database
from ostiary.platform.drill_permit import drill_permit
from ostiary.platform.redis import QuickRedis, connect_redis
from ostiary.services.foundation import Foundation
from ostiary.watch.alerts.alerts import Alerts
from ostiary.watch.checks import Checks
from ostiary.watch.denials import Denials
from ostiary.watch.heartbeats import Heartbeats
from ostiary.watch.history import History
from ostiary.watch.metrics_guard import MetricsGuard
from ostiary.watch.probe import probe_of
from ostiary.watch.queues import Queues
from ostiary.watch.readiness import Readiness
from ostiary.watch.records import Records
from ostiary.watch.scrape import PATIENCE, Scrape


def open_readiness(base: Foundation, heartbeats: Heartbeats) -> Readiness:
    redis = connect_redis(base.settings.redis_url)
    checks = Checks(base.database, redis, base.smtp, heartbeats)
    return Readiness(checks, base.now, drill_permit(base.settings))


def open_metrics_guard(base: Foundation) -> MetricsGuard:
    return MetricsGuard(
        base.settings.metrics_enabled,
        base.settings.metrics_guard,
        base.settings.metrics_guard_secret,
        base.settings.metrics_guard_allowlist,
        probe_of(base.settings.secret_keys),
        Denials(base.database, base.now),
    )


def open_history(
    base: Foundation,
    heartbeats: Heartbeats,
    records: Records,
    alerts: Alerts,
    audit: Retention,
) -> History:
    return History(
        outbox=base.outbox,
        records=records,
        heartbeats=heartbeats,
        alerts=alerts,
        denials=Denials(base.database, base.now),
        attempts=base.protection.guard.attempts,
        locks=base.protection.locks,
        counters=base.protection.limits.counters,
        audit=audit,
        registrations=PendingRegistrations(base.database, base.outbox, base.now),
    )


def open_scrape(base: Foundation, readiness: Readiness) -> Scrape:
    return Scrape(
        open_database(base.settings.database_url, patience=PATIENCE),
        Queues(QuickRedis(connect_redis(base.settings.redis_url), name="queues")),
        readiness,
        base.protection.limits,
        base.now,
    )
