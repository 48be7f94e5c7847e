"""How each measurement is prepared for: what has to be there, and what will be asked."""

from dataclasses import replace
from typing import Any

from workshop.benchmarks import visitor
from workshop.benchmarks.jobs import Plan
from workshop.benchmarks.load import press
from workshop.benchmarks.stack import Stack
from workshop.benchmarks.trial import Work
from workshop.benchmarks.wheel import folder_of_the_wheel

CONNECTIONS = 16
LOCKED_ADDRESSES = 4


def ask(program: str, asks: str, **facts: Any) -> Work:
    def plan(stack: Stack) -> Plan:
        port = stack.programs[program].port
        first, accounts = stack.fresh_numbers(), stack.accounts
        return Plan(0, port=port, asks=asks, first=first, accounts=accounts, **facts)

    return Work(press, plan)


def logins(program: str, kind: str, asks: str = "login", **facts: Any) -> Work:
    return ask(program, asks, material=(kind,), **facts)


def with_tokens(asks: str, token: str, **facts: Any) -> Work:
    """As many sessions as connections, begun beforehand."""

    def plan(stack: Stack) -> Plan:
        tokens = tuple(each[token] for each in visitor.sessions(stack, CONNECTIONS))
        return ask("web", asks, material=tokens, **facts).plan(stack)

    return Work(press, plan)


def locked(stack: Stack) -> Plan:
    addresses = tuple(visitor.locked_addresses(stack, LOCKED_ADDRESSES))
    return ask("web", "locked", wanted=429, material=addresses).plan(stack)


def limited(stack: Stack) -> Plan:
    plan = ask("web", "limited", wanted=429).plan(stack)
    visitor.spend_limit(stack, plan.first)
    return plan


def hashes(stack: Stack) -> Plan:
    cost = stack.settings.password_hash
    material = tuple(str(each) for each in (cost.memory_kib, cost.iterations, cost.lanes))
    return Plan(0, material=material)


def hashes_of_the_wheel(stack: Stack) -> Plan:
    return replace(hashes(stack), url=folder_of_the_wheel(stack.home))


def in_postgres(stack: Stack) -> Plan:
    return Plan(0, url=stack.postgres.url, accounts=stack.accounts)


def in_redis(stack: Stack) -> Plan:
    return Plan(0, url=stack.redis.url)
