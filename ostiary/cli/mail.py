"""`ostiary mail`: which letters wait, went out or were given up."""

from typing import get_args
from uuid import UUID

import click

from ostiary.accounts.correspondence import Message, Status
from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json, print_table, stamp

HEADINGS = ("ID", "DUE AT", "KIND", "TO", "STATUS", "ATTEMPTS", "LAST ERROR")


@click.group()
def mail() -> None:
    """List letters, and retry or cancel them."""


@mail.command("list")
@click.option("--status", type=click.Choice(get_args(Status)), help="Only those.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
def list_(*, status: Status | None, limit: int, as_json: bool) -> None:
    """List letters, the newest first."""
    with opened() as services:
        found = services.correspondence.newest(status=status, limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo(f"No letter is {status}." if status else "No letter has been promised.")
        return
    print_table(HEADINGS, map(_row, found))
    if len(found) == limit:
        click.echo(f"The newest {limit}; --limit shows more.", err=True)


@mail.command()
@click.argument("message_id", metavar="ID", type=click.UUID)
@json_option
def retry(*, message_id: UUID, as_json: bool) -> None:
    """Make a letter due at once; exit 1 if it was sent already."""
    with opened() as services:
        services.messages.retry(message_id)
        message = services.correspondence.get(message_id)
    _tell(message, as_json=as_json)


@mail.command()
@click.argument("message_id", metavar="ID", type=click.UUID)
@json_option
def cancel(*, message_id: UUID, as_json: bool) -> None:
    """Stop a letter; exit 1 if it was sent already."""
    with opened() as services:
        services.messages.cancel(message_id)
        message = services.correspondence.get(message_id)
    _tell(message, as_json=as_json)


def _tell(message: Message, *, as_json: bool) -> None:
    if as_json:
        print_json(message)
    else:
        click.echo(f"The letter {message.kind} to {message.to or 'nobody'} is {message.status}.")


def _row(message: Message) -> tuple[str, ...]:
    return (
        str(message.id),
        stamp(message.due_at),
        message.kind,
        message.to or "nobody",
        message.status,
        str(message.attempts),
        _harmless(message.last_error or ""),
    )


def _harmless(text: str) -> str:
    """What a mail server said, without what a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in text)
