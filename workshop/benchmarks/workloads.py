"""What is measured of the web: the machine's limits, and each request beside the one it meets."""

from collections.abc import Sequence

from workshop.benchmarks import limits
from workshop.benchmarks.jobs import Job
from workshop.benchmarks.load import press
from workshop.benchmarks.people import CHEAP, DEAR
from workshop.benchmarks.plans import (
    ask,
    hashes,
    hashes_of_the_wheel,
    in_postgres,
    in_redis,
    limited,
    locked,
    logins,
    with_tokens,
)
from workshop.benchmarks.trial import Planned, Trial, Work

# Visitors who look at themselves while others log in: a hundred requests a second at most.
ONLOOKERS, PAUSE = 4, 0.04

ME = with_tokens("me", "access_token")
ONLOOKING = with_tokens("me", "access_token", connections=ONLOOKERS, pause=PAUSE)
LOGIN = logins("web", DEAR)


def _cheap(name: str, title: str, work: Work, limit: str = "falcon") -> Trial:
    return Trial(f"cheap_{name}", f"{title}, cheap hash", work, "cheap", limit)


def _hashing(name: str, title: str, job: Job, plan: Planned = hashes, limit: str = "") -> Trial:
    return Trial(name, f"{title}, all cores", Work(job, plan), limit=limit, servers=())


def _server(name: str, title: str, work: Work, server: str) -> Trial:
    """What waits for one server alone, and not for the processors."""
    return Trial(name, title, work, scales=False, servers=(server,))


# In the order in which they run: a limit before what it bounds.
TRIALS = (
    Trial("falcon", "Falcon's hello, gthread", ask("falcon", "hello"), "falcon", servers=()),
    Trial("ours", "Falcon's hello, our server", ask("ours", "hello"), "ours", "falcon", servers=()),
    Trial("health", "`/health`", ask("web", "health"), "web", "falcon"),
    Trial("me", "`me`", ME, "web", "falcon"),
    Trial("refresh", "refresh", with_tokens("refresh", "refresh_token"), "web", "falcon"),
    Trial("locked", "refusal: locked", Work(press, locked), "web", "falcon"),
    Trial("limited", "refusal: rate limited", Work(press, limited), "web", "falcon"),
    _hashing("wheel", "argon2-cffi's wheel", limits.hash_as_the_wheel, hashes_of_the_wheel),
    _hashing("sodium", "libsodium's argon2", limits.hash_by_sodium, limit="wheel"),
    _hashing("hash", "argon2 as Ostiary has it", limits.hash_as_ostiary, limit="wheel"),
    Trial("login", "login", LOGIN, "web", "hash"),
    Trial("storm_login", "login, `me` meanwhile", LOGIN, "web", "login", meanwhile=ONLOOKING),
    Trial("storm_me", "`me`, logins meanwhile", ONLOOKING, "web", scales=False, meanwhile=LOGIN),
    _cheap("login", "login", logins("cheap", CHEAP)),
    _cheap("device", "login on a known device", logins("cheap", CHEAP, "login on a device")),
    _cheap("wrong", "wrong password", logins("cheap", CHEAP, "guess", wanted=401)),
    _server(
        "insert",
        "durable insert, 16 connections",
        Work(limits.insert_durably, in_postgres),
        "postgres",
    ),
    _cheap("register", "register", ask("cheap", "register", wanted=202), "insert"),
    _server(
        "select", "select by key, one thread", Work(limits.select_by_key, in_postgres), "postgres"
    ),
    _server("script", "Redis script, one client", Work(limits.run_script, in_redis), "redis"),
)

BY_NAME: dict[str, Trial] = {each.name: each for each in TRIALS}


def chosen(names: Sequence[str]) -> list[Trial]:
    """Those that were named, and what bounds them."""
    wanted = set(names)
    for name in names:
        while name := BY_NAME[name].limit:
            wanted.add(name)
    return [each for each in TRIALS if each.name in wanted]


def programs(trials: list[Trial]) -> list[str]:
    """Those that have to run."""
    return sorted({each.program for each in trials if each.program})
