"""Why: what was decided about the logins of an address, by which rule, and what comes next."""

from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import Any

from ostiary.doctor import statements
from ostiary.doctor.explanation import BudgetLeft, Explanation, KnownAccount, Memory, Tried
from ostiary.doctor.next_attempt import foretell
from ostiary.doctor.verdicts import Verdicts
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.emails import email_key
from ostiary.protection.attempts import JUDGED_WITHIN
from ostiary.protection.knocks import Budget
from ostiary.protection.locks import Lock
from ostiary.protection.networks import networks_of_client
from ostiary.services import Services
from ostiary.services.protection import Protection


def why_of(services: Services) -> "Why":
    guard = services.protection.guard
    return Why(services.database, services.protection, guard.attempts.budget, guard.now)


@dataclass(frozen=True)
class Why:
    database: Database
    protection: Protection
    budget: Budget
    now: Clock

    def explain(self, email: str, *, last: int = 20) -> Explanation | None:
        """None for an address of which nothing is known."""
        key = email_key(email)
        found = self.database.fetch_one(statements.ACCOUNT, email_key=key)
        registrations = self.database.fetch_all(statements.REGISTERED, email_key=key)[0].times
        rows = self.database.fetch_all(statements.ATTEMPTS, email_key=key, limit=last)
        if not (found or registrations or rows or self.protection.locks.ever_on(key)):
            return None
        account = found and KnownAccount(*found)
        locks = self.protection.locks.active_on(key)
        budgets = self._budgets(f"address:{key}", rows, locks)
        length = self.protection.lockouts.length_of_next(f"address:{key}")
        return Explanation(
            at=self.now(),
            email=key,
            account=account,
            registrations=registrations,
            next=foretell(account, budgets, length),
            redis=self._memory(),
            locks=locks,
            budgets=budgets,
            attempts=[self._tried(row) for row in rows],
        )

    def _tried(self, row: Row) -> Tried:
        verdicts = Verdicts(self.now(), self.budget.window)
        decided, rule = verdicts.explain(row)
        return Tried(row.at, row.client, _shown(row.subject), decided, rule)

    def _budgets(self, address: str, rows: list[Row], locks: list[Lock]) -> list[BudgetLeft]:
        """Of the address, and of every device, client and network that tried lately."""
        subjects = [address, *(each.subject for each in [*locks, *rows])]
        limits = dict.fromkeys(subjects, self.budget.attempts) | self._limits_of_clients(rows)
        spent = self._spent([*limits])
        until = {lock.subject: lock.locked_until for lock in reversed(locks)}
        return [self._left(subject, limit, spent, until) for subject, limit in limits.items()]

    def _limits_of_clients(self, rows: list[Row]) -> dict[str, int]:
        """None where the budget of clients is off."""
        of_client = self.budget.of_client
        shares = [share for row in rows for share in networks_of_client(row.client).each()]
        return {
            f"{'client' if times == 1 else 'network'}:{name}": of_client * times
            for name, times in sorted(shares, key=itemgetter(1))
            if of_client is not None
        }

    def _spent(self, subjects: list[str]) -> dict[str, Row]:
        now = self.now()
        facts = {
            "subjects": subjects,
            "names": [subject.partition(":")[2] for subject in subjects],
            "since": now - self.budget.window,
            "judging_since": now - JUDGED_WITHIN,
        }
        found = [self.database.fetch_all(statement, **facts) for statement in statements.SPENT]
        return {row.subject: row for rows in found for row in rows}

    def _left(
        self, subject: str, limit: int, spent: dict[str, Row], until: dict[str, Any]
    ) -> BudgetLeft:
        row = spent.get(subject)
        locked_until = until.get(subject)
        taken = limit if locked_until else row.taken if row else 0
        return BudgetLeft(
            budget=_shown(subject),
            limit=limit,
            left=max(0, limit - taken),
            judging=row.judging if row else 0,
            refilled_at=row.oldest_at + self.budget.window if row else None,
            locked_until=locked_until,
            refused_for=self._refused_for(subject),
        )

    def _refused_for(self, subject: str) -> timedelta:
        return self.protection.refusals.recalled_for(subject)

    def _memory(self) -> Memory:
        redis = self.protection.refusals.redis
        if redis is None:
            return "absent"
        return "away" if redis.is_away else "up"


def _shown(subject: str) -> str:
    """`device 01a2…`, `client 203.0.113.9` or `network 2001:db8::/48`; the address is known."""
    kind, _, name = subject.partition(":")
    return kind if kind == "address" else f"{kind} {name}"
