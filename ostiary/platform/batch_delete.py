"""Sweeping: old rows go in small batches, each a transaction of its own."""

from typing import Any

from ostiary.platform.database import Database

BATCH = 1000

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext(%(work)s)) AS is_ours"


def sweep(database: Database, statement: str, **params: Any) -> int:
    """The number of rows the statement touched; it takes a `limit`.

    One sweeper at a time, of an account where the statement is about one (`account_id`): a second
    sweeper leaves the rest to the first.
    """
    swept, work = 0, f"{statement}{params.get('account_id', '')}"
    while True:
        with database.atomic():
            lock = database.fetch_all(TRY_LOCK, work=work)[0]
            batch = database.run(statement, limit=BATCH, **params) if lock.is_ours else 0
        swept += batch
        if batch < BATCH:
            return swept
