"""`ostiary lockouts`: who is locked, and who was."""

from datetime import datetime

import click

from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json, print_table, stamp
from ostiary.protection.locks import Lock

HEADINGS = ("LOCKED AT", "UNTIL", "EMAIL", "BUDGET", "FAILURES", "LAST CLIENT", "RELEASED")


@click.command()
@click.option("--active", is_flag=True, help="Only those that lock somebody now.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
def lockouts(*, active: bool, limit: int, as_json: bool) -> None:
    """List locks, the newest first."""
    with opened() as services:
        found = services.protection.locks.newest(active=active or None, limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("Nobody is locked." if active else "Nobody has been locked.")
        return
    print_table(HEADINGS, map(_row, found))
    if len(found) == limit:
        click.echo(f"The newest {limit}; --limit shows more.", err=True)


def _row(lock: Lock) -> tuple[str, ...]:
    return (
        stamp(lock.locked_at),
        stamp(lock.locked_until),
        lock.email,
        lock.budget,
        str(lock.failures),
        lock.client,
        _release(lock.released_at, lock.released_by),
    )


def _release(at: datetime | None, by: str | None) -> str:
    return f"{stamp(at)} by {by}" if at else "active"
