"""The guard: whoever verifies a password does it here, and nowhere else."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from ostiary.errors import LoginLocked, Overloaded, RateLimited, Refusal, TryLater, WrongSecret
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.protection.attempt_log import Rule, Trace
from ostiary.protection.attempts import Attempts, Standing
from ostiary.protection.knocks import Knock
from ostiary.protection.lockout_cache import RememberedRefusals
from ostiary.protection.lockouts import Lockouts

T = TypeVar("T")
U = TypeVar("U")

PATIENCE = timedelta(seconds=3)
GLANCE = timedelta(milliseconds=25)


@dataclass(frozen=True)
class Guard:
    database: Database
    attempts: Attempts
    lockouts: Lockouts
    refusals: RememberedRefusals
    trace: Trace
    now: Clock

    def judge(self, knock: Knock, verify: Callable[[], T]) -> T:
        """What `verify` returns; it is called only once the attempt is reserved.

        A `WrongSecret` it raises counts as a failure, `TryLater` means that the secret was not
        looked at, and any other refusal comes after the right one. Whatever else happens leaves
        the attempt unjudged, which counts as a failure in the end. Raises `LoginLocked`,
        `RateLimited`, and `Overloaded` when attempts before this one are not judged in time.
        """
        return self.admit(knock, verify, lambda verified: verified)

    def admit(self, knock: Knock, verify: Callable[[], T], admit: Callable[[T], U]) -> U:
        """What `admit` makes of what `verify` returns, in one transaction with the verdict.

        Otherwise as `judge`; whatever `admit` refuses comes after the right secret.
        """
        attempt_id = self._reserve(knock)
        verified = self._verify(knock, attempt_id, verify)
        try:
            with self.database.atomic():
                self.attempts.forgive(knock, attempt_id)
                return admit(verified)
        except Refusal:
            self.attempts.forgive(knock, attempt_id)
            raise

    def _reserve(self, knock: Knock) -> UUID:
        """Simultaneous right passwords all get in: they wait for each other's verdicts."""
        self._recall(knock)
        deadline = time.monotonic() + PATIENCE.total_seconds()
        while time.monotonic() < deadline:
            attempt_id = self.attempts.reserve(knock)
            if attempt_id is not None:
                return attempt_id
            self._refuse(knock)
            time.sleep(GLANCE.total_seconds())
        self.trace.refused(knock, "waited_too_long", store="postgres")
        raise Overloaded

    def _recall(self, knock: Knock) -> None:
        until = self.refusals.recall(knock.subject)
        left = until - self.now() if until else timedelta()
        if left > timedelta():
            self.trace.refused(knock, "locked", store="redis")
            raise LoginLocked(retry_after=left)

    def _verify(self, knock: Knock, attempt_id: UUID, verify: Callable[[], T]) -> T:
        try:
            return verify()
        except WrongSecret as wrong:
            self._fail(knock, attempt_id, wrong.account_id)
            raise
        except TryLater:
            self.attempts.drop(attempt_id)
            raise
        except Refusal:
            self.attempts.forgive(knock, attempt_id)
            raise

    def _refuse(self, knock: Knock) -> None:
        """Returns when there is reason to wait."""
        standing = self.attempts.standing(knock)
        if standing.locked_until is not None:
            self._refuse_until(knock, standing.locked_until)
        self._refuse_client(knock, standing)
        if standing.is_spent:
            self._lock_what_was_lost(knock)

    def _refuse_until(self, knock: Knock, until: datetime) -> None:
        self.refusals.remember(knock.subject, until)
        self.trace.refused(knock, "locked", store="postgres")
        raise LoginLocked(retry_after=until - self.now())

    def _refuse_client(self, knock: Knock, standing: Standing) -> None:
        """Unless neither the client's budget nor that of a network around it is spent."""
        moments = [standing.client_spent_at, standing.network_spent_at]
        spent = [moment for moment in moments if moment is not None]
        if spent:
            rule: Rule = "client_budget" if standing.client_spent_at else "network_budget"
            self.trace.refused(knock, rule, store="postgres")
            raise RateLimited(retry_after=max(spent) + self.attempts.budget.window - self.now())

    def _fail(self, knock: Knock, attempt_id: UUID, account_id: UUID | None) -> None:
        with self.database.atomic():
            failures = self.attempts.count(knock, attempt_id)
            self.trace.failed(knock, account_id)
            if failures:
                self.lockouts.start(knock, failures)

    def _lock_what_was_lost(self, knock: Knock) -> None:
        """A budget spent by attempts whose processes died has nobody else to lock it."""
        with self.database.atomic():
            failures = self.attempts.spend(knock)
            if failures:
                self.lockouts.start(knock, failures)
