"""The protection wing, put together."""

from dataclasses import dataclass

from ostiary.audit.audit import Audit
from ostiary.courier.outbox import Outbox
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.redis import QuickRedis, connect_redis
from ostiary.platform.settings import Rate, Settings
from ostiary.protection.attempt_log import Trace
from ostiary.protection.attempts import Attempts
from ostiary.protection.counters import Counters
from ostiary.protection.devices import Devices
from ostiary.protection.guard import Guard
from ostiary.protection.knocks import Budget
from ostiary.protection.limits import Limits, Policy
from ostiary.protection.lockout_cache import RememberedRefusals
from ostiary.protection.lockouts import Lockouts
from ostiary.protection.locks import Locks


@dataclass(frozen=True)
class Protection:
    guard: Guard
    lockouts: Lockouts
    locks: Locks
    refusals: RememberedRefusals
    limits: Limits
    devices: Devices


def open_protection(
    settings: Settings, database: Database, audit: Audit, outbox: Outbox, now: Clock
) -> Protection:
    url = settings.rate_limit_redis_url
    redis = QuickRedis(connect_redis(url), name="rate_limits") if url else None
    refusals = RememberedRefusals(redis, now)
    lockouts = Lockouts(
        database,
        outbox,
        refusals,
        now,
        length=settings.login_lockout,
        letter_life=settings.unlock_token_life,
    )
    attempts, trace = Attempts(database, now, _budget(settings)), Trace(database, audit, now)
    return Protection(
        guard=Guard(database, attempts, lockouts, refusals, trace, now),
        lockouts=lockouts,
        locks=Locks(database, now),
        refusals=refusals,
        limits=Limits(Counters(database, redis, now), _rates(settings)),
        devices=Devices(database, now),
    )


def _budget(settings: Settings) -> Budget:
    return Budget(
        attempts=settings.login_max_attempts,
        of_client=settings.login_client_max_attempts,
        window=settings.login_attempt_window,
    )


def _rates(settings: Settings) -> dict[Policy, Rate | None]:
    return {
        "login": settings.rate_limit_login,
        "register": settings.rate_limit_register,
        "refresh": settings.rate_limit_refresh,
        "token": settings.rate_limit_token,
        "mail": settings.rate_limit_mail,
    }
