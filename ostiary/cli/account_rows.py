"""How `ostiary accounts` finds an account, and shows it as a row of a table."""

import click

from ostiary.accounts.directory import Entry
from ostiary.cli.output import print_json, stamp
from ostiary.services import Services

HEADINGS = ("CREATED AT", "EMAIL", "VERIFIED", "ROLES", "STATE", "LAST LOGIN", "ID")


def find_or_exit(services: Services, email: str) -> Entry:
    account = services.accounts.directory.find(email)
    if account is None:
        raise click.ClickException(f"{email} has no account.")
    return account


def tell(account: Entry, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(account)
    else:
        click.echo(f"{account.email} is {what}")


def row_of(account: Entry) -> tuple[str, ...]:
    return (
        stamp(account.created_at),
        account.email,
        "yes" if account.email_verified else "no",
        " ".join(account.roles),
        _state(account),
        stamp(account.last_login_at) if account.last_login_at else "never",
        str(account.id),
    )


def _state(account: Entry) -> str:
    if account.disabled_at:
        return f"disabled since {stamp(account.disabled_at)}"
    return f"locked until {stamp(account.locked_until)}" if account.locked_until else "open"
