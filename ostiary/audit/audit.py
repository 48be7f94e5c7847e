"""The audit: every fact leaves an entry, in its own transaction and in the commit's round trip."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ostiary.audit.entries import Entry
from ostiary.events import Event
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.hmac_keys import Macs
from ostiary.platform.identifiers import new_id
from ostiary.platform.request_context import circumstances, request_id

INSERT = """
WITH entry AS (
    INSERT INTO audit
        (id, at, event, account_id, actor_id, ip, request_id, detail, key_id, mac)
    VALUES (%(id)s, %(at)s, %(event)s, %(account_id)s, %(actor_id)s, %(ip)s, %(request_id)s,
        %(detail)s, %(key_id)s, %(mac)s))
INSERT INTO audit_waiting (id, at) VALUES (%(id)s, %(at)s)
"""
# Columns of their own, and what concerns only who keeps a promise.
LEFT_OUT = {"account_id", "keep_until"}


@dataclass(frozen=True)
class Audit:
    database: Database
    macs: Macs
    now: Clock

    def record(self, event: Event) -> None:
        """Belongs inside the transaction that makes the fact true."""
        if event.audited:
            entry = self._entry(event)
            mac = self.macs.of(entry.canonical())
            self.database.run_with_commit(
                INSERT, **entry._asdict(), key_id=self.macs.newest, mac=mac
            )

    def _entry(self, event: Event) -> Entry:
        facts, where = event.facts(), circumstances()
        account_id = facts.get("account_id")
        detail = {name: _plain(value) for name, value in facts.items() if name not in LEFT_OUT}
        return Entry(
            id=new_id(),
            at=self.now(),
            event=event.name(),
            account_id=account_id,
            actor_id=account_id if event.by_owner else where.actor_id,
            ip=where.ip,
            request_id=request_id(),
            detail=detail if where.via == "http" else {**detail, "via": where.via},
        )


def _plain(value: Any) -> str | int | bool | list[Any] | None:
    """What JSON, and Postgres' idea of it, give back as it was."""
    match value:
        case None | bool() | int() | str():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case tuple() | list():
            return [_plain(each) for each in value]
    return str(value)
