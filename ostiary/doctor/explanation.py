"""What an explanation consists of: an account, its locks, budgets and last attempts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from ostiary.protection.locks import Lock

Memory = Literal["absent", "away", "up"]


class KnownAccount(NamedTuple):
    id: UUID
    email: str
    created_at: datetime
    email_verified: bool
    disabled_at: datetime | None
    last_login_at: datetime | None


class Tried(NamedTuple):
    """`rule` says why it was decided so; whatever Redis refused is not among these."""

    at: datetime
    client: str
    budget: str
    decided: str
    rule: str
    store: str = "postgres"


class BudgetLeft(NamedTuple):
    """`refused_for`: how much longer Redis remembers to refuse it without asking Postgres."""

    budget: str
    limit: int
    left: int
    judging: int
    refilled_at: datetime | None
    locked_until: datetime | None
    refused_for: timedelta


@dataclass(frozen=True)
class Explanation:
    at: datetime
    email: str
    account: KnownAccount | None
    registrations: int
    next: str
    redis: Memory
    locks: list[Lock]
    budgets: list[BudgetLeft]
    attempts: list[Tried]
