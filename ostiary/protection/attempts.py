"""Attempts: each is reserved before its secret is looked at, so a budget is never exceeded.

Every statement here takes one round trip. The first part waits for the subject's lock, and the
second is judged by what is true once the lock is held.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.identifiers import new_id
from ostiary.protection.knocks import Budget, Knock
from ostiary.protection.networks import TIMES_48, TIMES_56

# An attempt that is not judged by then was lost with its process, and counts as a wrong one.
JUDGED_WITHIN = timedelta(seconds=10)
REMEMBERED = timedelta(days=7)

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%(subject)s, 1))"
# The client's lock always comes after the subject's, so that nobody waits in a circle. It is that
# of the widest network, which counts for all the clients in it.
RESERVE = """
SELECT pg_advisory_xact_lock(hashtextextended(%(subject)s, 1)),
    CASE WHEN %(spends_of_client)s
        THEN pg_advisory_xact_lock(hashtextextended(%(widest)s, 2)) END;
INSERT INTO attempt (id, subject, client, network_56, network_48, at, verdict)
SELECT %(id)s, %(subject)s, %(client)s, %(network_56)s, %(network_48)s, %(now)s, 'pending'
WHERE NOT EXISTS (
        SELECT FROM lockout
        WHERE subject = %(subject)s AND released_at IS NULL AND locked_until > %(now)s)
  AND (
        SELECT count(*) < %(limit)s FROM attempt
        WHERE subject = %(subject)s AND at > %(since)s AND verdict IN ('pending', 'wrong'))
  AND (NOT %(spends_of_client)s OR (
        SELECT count(*) FILTER (WHERE client = %(client)s) < %(limit_of_client)s
            AND count(*) FILTER (WHERE network_56 = %(network_56)s) < %(limit_of_56)s
            AND count(*) FILTER (WHERE network_48 = %(network_48)s) < %(limit_of_48)s
        FROM attempt
        WHERE (client = %(client)s OR network_48 = %(network_48)s) AND at > %(since)s
          AND verdict IN ('pending', 'wrong', 'spent') AND NOT starts_with(subject, 'device:')))
RETURNING id
"""
# A budget was spent at the moment of the oldest failure that still fills it.
STANDING = """
WITH failures AS (
    SELECT client, network_56, network_48, at FROM attempt
    WHERE (client = %(client)s OR network_48 = %(network_48)s) AND at > %(since)s
      AND verdict IN ('pending', 'wrong', 'spent') AND NOT starts_with(subject, 'device:')
      AND (verdict <> 'pending' OR at <= %(judging_since)s) AND %(spends_of_client)s)
SELECT
    (SELECT max(locked_until) FROM lockout
     WHERE subject = %(subject)s AND released_at IS NULL AND locked_until > %(now)s)
        AS locked_until,
    (SELECT at FROM failures WHERE client = %(client)s
     ORDER BY at DESC OFFSET %(limit_of_client)s - 1 LIMIT 1) AS client_spent_at,
    greatest(
        (SELECT at FROM failures WHERE network_56 = %(network_56)s
         ORDER BY at DESC OFFSET %(limit_of_56)s - 1 LIMIT 1),
        (SELECT at FROM failures WHERE network_48 = %(network_48)s
         ORDER BY at DESC OFFSET %(limit_of_48)s - 1 LIMIT 1)) AS network_spent_at,
    (SELECT count(*) >= %(limit)s FROM attempt
     WHERE subject = %(subject)s AND at > %(since)s
       AND (verdict = 'wrong' OR verdict = 'pending' AND at <= %(judging_since)s)) AS is_spent
"""
JUDGE = "UPDATE attempt SET verdict = %(verdict)s WHERE id = %(id)s AND verdict = 'pending'"
# The right one, and with it the failures that its client has made before.
FORGIVE = """
UPDATE attempt SET verdict = CASE verdict WHEN 'pending' THEN 'right' ELSE 'forgiven' END
WHERE subject = %(subject)s AND client = %(client)s
  AND (verdict = 'wrong' OR verdict = 'pending' AND id = %(id)s)
"""
SPEND = """
WITH failures AS (
    SELECT id FROM attempt
    WHERE subject = %(subject)s AND at > %(since)s
      AND (verdict = 'wrong' OR verdict = 'pending' AND at <= %(judging_since)s))
UPDATE attempt SET verdict = 'spent'
WHERE id IN (SELECT id FROM failures) AND (SELECT count(*) FROM failures) >= %(limit)s
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
    network_spent_at: datetime | None
    is_spent: bool


@dataclass(frozen=True)
class Attempts:
    database: Database
    now: Clock
    budget: Budget

    def reserve(self, knock: Knock) -> UUID | None:
        """None when a budget is taken, by failures or by attempts still being judged."""
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
        self.database.run_with_commit(
            FORGIVE, id=attempt_id, subject=knock.subject, client=knock.client
        )

    def count(self, knock: Knock, attempt_id: UUID) -> int:
        """The failures that have spent the budget with this one, or 0 while it is not spent.

        Belongs inside a transaction, which holds the subject's lock until it ends.
        """
        facts = self._facts(knock) | {"id": attempt_id, "verdict": "wrong"}
        return len(self.database.fetch_all(COUNT, **facts))

    def spend(self, knock: Knock) -> int:
        """As `count`, for a budget whose last failure nobody has counted."""
        return len(self.database.fetch_all(SPEND_WHAT_WAS_LOST, **self._facts(knock)))

    def prune(self) -> int:
        """Forgets after a week, as far as `ostiary why` looks back."""
        return sweep(self.database, FORGET, before=self.now() - REMEMBERED)

    def _facts(self, knock: Knock) -> dict[str, Any]:
        now, of_client = self.now(), self.budget.of_client or 0
        return {
            "subject": knock.subject,
            **knock.networks._asdict(),
            "widest": knock.networks.widest,
            "spends_of_client": self.budget.spends_of_client(knock),
            "limit": self.budget.attempts,
            "limit_of_client": of_client,
            "limit_of_56": of_client * TIMES_56,
            "limit_of_48": of_client * TIMES_48,
            "now": now,
            "since": now - self.budget.window,
            "judging_since": now - JUDGED_WITHIN,
        }
