"""The trace of what was refused: a row for `ostiary why`, and a line for who runs the firewall."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

import structlog

from ostiary.audit.audit import Audit
from ostiary.events import LoginFailed, LoginRefused
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.identifiers import new_id
from ostiary.protection.knocks import Knock

log = structlog.get_logger()

Rule = Literal["locked", "client_budget", "network_budget", "waited_too_long"]
Store = Literal["postgres", "redis"]

# A storm that Postgres has to refuse by itself leaves no more rows than one that Redis refuses.
A_ROW_EACH = timedelta(seconds=5)

NOTE = """
INSERT INTO attempt (id, subject, client, at, verdict, rule)
SELECT %(id)s, %(subject)s, %(client)s, %(now)s, 'refused', %(rule)s
WHERE NOT EXISTS (
    SELECT FROM attempt
    WHERE subject = %(subject)s AND at > %(lately)s AND verdict = 'refused' AND rule = %(rule)s)
"""


@dataclass(frozen=True)
class Trace:
    """Its lines name clients, and never an address."""

    database: Database
    audit: Audit
    now: Clock

    def failed(self, knock: Knock, account_id: UUID | None) -> None:
        """Belongs inside the transaction that counts the failure."""
        self.audit.record(LoginFailed(account_id=account_id, budget=knock.kind))
        self.database.after_commit(
            lambda: log.info("login_failed", client=knock.client, budget=knock.kind)
        )

    def refused(self, knock: Knock, rule: Rule, *, store: Store) -> None:
        log.warning("login_refused", client=knock.client, budget=knock.kind, rule=rule, store=store)
        if store == "postgres":
            self._note(knock, rule)

    def _note(self, knock: Knock, rule: Rule) -> None:
        now = self.now()
        is_noted = self.database.run(
            NOTE,
            id=new_id(),
            subject=knock.subject,
            client=knock.client,
            rule=rule,
            now=now,
            lately=now - A_ROW_EACH,
        )
        if is_noted:
            refused = LoginRefused(account_id=knock.owner(), budget=knock.kind, rule=rule)
            self.audit.record(refused)
