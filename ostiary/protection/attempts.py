"""Attempts: each is reserved before its secret is looked at, so a budget is never exceeded.

Every statement here takes one round trip. The first part waits for the subject's lock, and the
second is judged by what is true once the lock is held.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from ostiary.platform.chance import new_id
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.sweeping import sweep
from ostiary.protection.knocks import Budget, Knock

# An attempt that is not judged by then was lost with its process, and counts as a wrong one.
JUDGED_WITHIN = timedelta(seconds=10)
REMEMBERED = timedelta(days=7)

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%(subject)s, 1))"
# The client's always after the subject's, so that nobody waits in a circle.
LOCK_BOTH = f"""
{LOCK}, CASE WHEN NOT %(is_known_device)s
    THEN pg_advisory_xact_lock(hashtextextended(%(client)s, 2)) END
"""
COUNTED = """
FROM attempt WHERE subject = %(subject)s AND at > %(since)s AND verdict IN ('pending', 'wrong')
"""
BY_CLIENT = """
FROM attempt WHERE client = %(client)s AND at > %(since)s
  AND verdict IN ('pending', 'wrong', 'spent') AND NOT starts_with(subject, 'device:')
"""
IS_JUDGED = "(verdict <> 'pending' OR at <= %(judging_since)s)"
LOCKED = """
FROM lockout WHERE subject = %(subject)s AND released_at IS NULL AND locked_until > %(now)s
"""
RESERVE = f"""
{LOCK_BOTH};
INSERT INTO attempt (id, subject, client, at, verdict)
SELECT %(id)s, %(subject)s, %(client)s, %(now)s, 'pending'
WHERE (SELECT count(*) {COUNTED}) < %(limit)s AND NOT EXISTS (SELECT {LOCKED})
  AND (%(is_known_device)s OR (SELECT count(*) {BY_CLIENT}) < %(client_limit)s)
RETURNING id
"""
STANDING = f"""
SELECT (SELECT max(locked_until) {LOCKED}) AS locked_until,
    (SELECT at {BY_CLIENT} AND {IS_JUDGED} AND NOT %(is_known_device)s
     ORDER BY at DESC OFFSET %(client_limit)s - 1 LIMIT 1) AS client_spent_at,
    (SELECT count(*) {COUNTED} AND {IS_JUDGED}) >= %(limit)s AS is_spent
"""
JUDGE = "UPDATE attempt SET verdict = %(verdict)s WHERE id = %(id)s AND verdict = 'pending'"
# The right one, and with it the failures that its client has made before.
FORGIVE = """
UPDATE attempt SET verdict = CASE verdict WHEN 'pending' THEN 'right' ELSE 'forgiven' END
WHERE subject = %(subject)s AND client = %(client)s
  AND (verdict = 'wrong' OR verdict = 'pending' AND id = %(id)s)
"""
SPEND = f"""
UPDATE attempt SET verdict = 'spent' WHERE id IN (SELECT id {COUNTED} AND {IS_JUDGED})
  AND (SELECT count(*) {COUNTED} AND {IS_JUDGED}) >= %(limit)s
RETURNING id
"""
COUNT = f"{LOCK}; {JUDGE}; {SPEND}"
SPEND_WHAT_WAS_LOST = f"{LOCK}; {SPEND}"
FORGET = """
DELETE FROM attempt WHERE id IN (
    SELECT id FROM attempt WHERE at < %(before)s
    ORDER BY at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class Standing(NamedTuple):
    """Why a knock was not let in; where nothing says so, attempts before it are being judged."""

    locked_until: datetime | None
    client_spent_at: datetime | None
    is_spent: bool


@dataclass(frozen=True)
class Attempts:
    database: Database
    now: Clock
    budget: Budget

    def reserve(self, knock: Knock) -> UUID | None:
        """None when the budget is taken, by failures or by attempts still being judged."""
        facts = self._facts(knock) | {"id": new_id()}
        reserved = self.database.fetch_one(RESERVE, **facts)
        return reserved and reserved.id

    def standing(self, knock: Knock) -> Standing:
        return Standing(*self.database.fetch_all(STANDING, **self._facts(knock))[0])

    def drop(self, attempt_id: UUID) -> None:
        """The secret was never looked at."""
        self.database.run(JUDGE, id=attempt_id, verdict="refused")

    def forgive(self, knock: Knock, attempt_id: UUID) -> None:
        """A right one takes back the failures of its own client, nobody else's."""
        if knock.locks:
            self.database.run_with_commit(
                FORGIVE, id=attempt_id, subject=knock.subject, client=knock.client
            )
        else:
            self.database.run_with_commit(JUDGE, id=attempt_id, verdict="right")

    def count(self, knock: Knock, attempt_id: UUID) -> int:
        """The failures that have spent the budget with this one, or 0 while it is not spent.

        Belongs inside a transaction, which holds the subject's lock until it ends.
        """
        facts = self._facts(knock) | {"id": attempt_id, "verdict": "wrong"}
        if knock.locks:
            return len(self.database.fetch_all(COUNT, **facts))
        self.database.run(JUDGE, **facts)
        return 0

    def spend(self, knock: Knock) -> int:
        """As `count`, for a budget whose last failure nobody has counted."""
        return len(self.database.fetch_all(SPEND_WHAT_WAS_LOST, **self._facts(knock)))

    def prune(self) -> int:
        """Forgets after a week, as far as `ostiary why` looks back."""
        return sweep(self.database, FORGET, before=self.now() - REMEMBERED)

    def _facts(self, knock: Knock) -> dict[str, Any]:
        now = self.now()
        return {
            "subject": knock.subject,
            "client": knock.client,
            "is_known_device": knock.is_known_device,
            "limit": self.budget.of(knock),
            "client_limit": self.budget.of_client,
            "now": now,
            "since": now - self.budget.window,
            "judging_since": now - JUDGED_WITHIN,
        }
