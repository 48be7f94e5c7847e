"""What the machine can do at most: the one costly thing of a request, and nothing around it."""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import count

import psycopg2
from argon2 import PasswordHasher
from redis import Redis

from ostiary.platform.argon2id import Sodium, hasher_of
from ostiary.platform.settings import Argon2Cost
from workshop.benchmarks.jobs import Outcome, Plan, Stopwatch
from workshop.benchmarks.meter import CORES
from workshop.benchmarks.people import CHEAP, PASSWORD, PREFIX, number_of
from workshop.benchmarks.wheel import found_first

Once = Callable[[], object]

SELECT = "SELECT email, roles, disabled_at FROM account WHERE id = %s"
INSERT = "INSERT INTO benchmark (id, note) VALUES (gen_random_uuid(), %s)"
# One of our own scripts, for instance.
SCRIPT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {used, redis.call('PTTL', KEYS[1])}
"""


def hash_as_ostiary(plan: Plan) -> Outcome:
    return _hash(plan, hasher_of(_cost(plan)))


def hash_by_sodium(plan: Plan) -> Outcome:
    return _hash(plan, _by(Sodium, plan))


def hash_as_the_wheel(plan: Plan) -> Outcome:
    """In a process of its own, which finds the wheel that `url` names the folder of."""
    context = multiprocessing.get_context("spawn")
    with found_first(plan.url), ProcessPoolExecutor(1, context) as pool:
        return pool.submit(_hash_by_argon2_cffi, plan).result()


def _hash_by_argon2_cffi(plan: Plan) -> Outcome:
    return _hash(plan, _by(PasswordHasher, plan))


def _by(library: type[PasswordHasher], plan: Plan) -> PasswordHasher:
    cost = _cost(plan)
    return library(cost.iterations, cost.memory_kib, cost.lanes)


def _cost(plan: Plan) -> Argon2Cost:
    """KiB, iterations and lanes, as `material` has them."""
    return Argon2Cost(*map(int, plan.material))


def _hash(plan: Plan, hasher: PasswordHasher) -> Outcome:
    return _repeat(plan, [lambda: hasher.hash(PASSWORD)] * CORES)


def select_by_key(plan: Plan) -> Outcome:
    connection = psycopg2.connect(plan.url)
    connection.autocommit = True
    cursor, numbers = connection.cursor(), count()

    def once() -> object:
        number = number_of(CHEAP, next(numbers), plan.accounts)
        cursor.execute(SELECT, [f"{PREFIX[CHEAP]}{number:012x}"])
        return cursor.fetchone()

    return _repeat(plan, [once])


def insert_durably(plan: Plan) -> Outcome:
    """On as many connections as requests come by, so that they share the waits for the disk."""
    return _repeat(plan, [_inserter(plan.url) for _ in range(plan.connections)])


def run_script(plan: Plan) -> Outcome:
    script = Redis.from_url(plan.url).register_script(SCRIPT)
    return _repeat(plan, [lambda: script(keys=["benchmark"], args=[60_000])])


def _inserter(url: str) -> Once:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    cursor = connection.cursor()
    return lambda: cursor.execute(INSERT, ["as long as a short line of text"])


def _repeat(plan: Plan, threads: list[Once]) -> Outcome:
    """Each in a thread of its own, until the time is up."""
    watch = Stopwatch()
    until = watch.began + plan.seconds
    with ThreadPoolExecutor(len(threads)) as pool:
        timed = pool.map(lambda once: _timed(once, until), threads)
        waits = [each for waits in timed for each in waits]
    return watch.outcome(waits)


def _timed(once: Once, until: float) -> list[float]:
    waits = []
    while (began := time.perf_counter()) < until:
        once()
        waits.append(time.perf_counter() - began)
    return waits
