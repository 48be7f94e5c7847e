"""What guessing would cost by the settings: passwords, locks, limits, secrets."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from zxcvbn import zxcvbn

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.doctor.words import lasting
from ostiary.platform.settings import Argon2Cost, Settings

# The cheapest that OWASP's Password Storage Cheat Sheet still recommends.
LEAST_MEMORY_KIB: Final = 7168
LEAST_WORK: Final = 7168 * 5
WIDEST_BUDGET: Final = 20
SHORTEST_LOCK: Final = timedelta(minutes=5)
SHORTEST_PASSWORD: Final = 8
# As powers of ten: about eighty bits.
LEAST_GUESSES: Final = 24
# Whatever is longer is not judged by its end.
JUDGED_LENGTH: Final = 72
MOST_SECRETS: Final = 2


def look(site: Site) -> Iterator[Finding]:
    yield from guessing(site.settings)
    yield from limits(site.settings)
    yield from hashing(site.settings.password_hash)
    yield from secrets(site.settings.secret_keys)


def guessing(settings: Settings) -> Iterator[Finding]:
    if settings.login_max_attempts > WIDEST_BUDGET:
        attempts = settings.login_max_attempts
        yield Finding("login_budget_wide", f"AUTH_LOGIN_MAX_ATTEMPTS is {attempts}.")
    window, lock = settings.login_attempt_window, settings.login_lockout
    if min(window, lock) < SHORTEST_LOCK:
        yield Finding(
            "lock_short",
            f"Failures count for {lasting(window)}, a first lock lasts {lasting(lock)}.",
        )
    if settings.password_min_length < SHORTEST_PASSWORD:
        length = settings.password_min_length
        yield Finding("password_short", f"AUTH_PASSWORD_MIN_LENGTH is {length}.")


def limits(settings: Settings) -> Iterator[Finding]:
    rates = {
        "RATE_LIMIT_LOGIN": settings.rate_limit_login,
        "RATE_LIMIT_REGISTER": settings.rate_limit_register,
        "RATE_LIMIT_REFRESH": settings.rate_limit_refresh,
        "RATE_LIMIT_TOKEN": settings.rate_limit_token,
        "RATE_LIMIT_MAIL": settings.rate_limit_mail,
    }
    if off := [name for name, rate in rates.items() if rate is None]:
        yield Finding("limits_off", f"Off: {', '.join(off)}.")


def hashing(cost: Argon2Cost) -> Iterator[Finding]:
    if cost.memory_kib < LEAST_MEMORY_KIB or cost.memory_kib * cost.iterations < LEAST_WORK:
        yield Finding(
            "password_hash_cheap",
            f"PASSWORD_HASH takes {cost.memory_kib} KiB, {cost.iterations} times.",
        )


def secrets(keys: tuple[str, ...]) -> Iterator[Finding]:
    weak = [number for number, key in enumerate(keys, 1) if _is_weak(key)]
    if weak:
        numbers = ", ".join(map(str, weak))
        yield Finding("secret_keys_weak", f"Of {len(keys)} secrets, number {numbers} is guessable.")
    if len(keys) > MOST_SECRETS:
        yield Finding("secret_keys_many", f"SECRET_KEYS holds {len(keys)} secrets.")


def _is_weak(key: str) -> bool:
    return float(zxcvbn(key[:JUDGED_LENGTH])["guesses_log10"]) < LEAST_GUESSES
