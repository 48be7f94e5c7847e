"""The watch, put together."""

from ostiary.platform.redis import connect_redis
from ostiary.services.foundation import Foundation
from ostiary.watch.checks import Checks
from ostiary.watch.denials import Denials
from ostiary.watch.heartbeats import Heartbeats
from ostiary.watch.metrics_guard import MetricsGuard
from ostiary.watch.readiness import Readiness


def open_readiness(base: Foundation, heartbeats: Heartbeats) -> Readiness:
    redis = connect_redis(base.settings.redis_url)
    return Readiness(Checks(base.database, redis, base.smtp, heartbeats), base.now)


def open_metrics_guard(base: Foundation, denials: Denials) -> MetricsGuard:
    return MetricsGuard(
        base.settings.metrics_enabled,
        base.settings.metrics_guard,
        base.settings.metrics_guard_secret,
        base.settings.metrics_guard_allowlist,
        denials,
    )
