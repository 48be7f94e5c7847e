"""`ostiary accounts`: who has one and may use it, the first administrator among them."""

import sys

import click

from ostiary.accounts.directory import Entry
from ostiary.cli.address import email_argument
from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json, print_table, stamp
from ostiary.services import Services

HEADINGS = ("CREATED AT", "EMAIL", "VERIFIED", "ROLES", "STATE", "LAST LOGIN", "ID")


@click.group()
def accounts() -> None:
    """Open accounts, and decide who may use them."""


@accounts.command()
@email_argument
@click.option("--admin", is_flag=True, help="Let it use the routes of administration.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
def create(*, email: str, admin: bool, password_stdin: bool, as_json: bool) -> None:
    """Open an account that is verified at once; no letter is sent."""
    password = _read_password() if password_stdin else _ask_for_password()
    with opened() as services:
        account = services.administration.create(email, password, roles=["admin"] if admin else [])
    if as_json:
        print_json(account)
        return
    role = ", an administrator" if admin else ""
    click.echo(f"{account.email} has an account now{role}: {account.id}")


@accounts.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
def list_(*, limit: int, as_json: bool) -> None:
    """List accounts, the newest first."""
    with opened() as services:
        found = services.directory.newest(limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("Nobody has an account.")
        return
    print_table(HEADINGS, map(_row, found))
    if len(found) == limit:
        click.echo(f"The newest {limit}; --limit shows more.", err=True)


@accounts.command()
@email_argument
@json_option
def show(*, email: str, as_json: bool) -> None:
    """Show the account of an address; exit 1 if it has none."""
    with opened() as services:
        account = _find(services, email)
    if as_json:
        print_json(account)
        return
    for heading, value in zip(HEADINGS, _row(account), strict=True):
        click.echo(f"{heading.capitalize():12}{value}")


@accounts.command()
@email_argument
@json_option
def disable(*, email: str, as_json: bool) -> None:
    """Let nobody in by an account, and end its sessions at once."""
    with opened() as services:
        account = _find(services, email)
        services.disabling.disable(account.id, by=None)
        account = services.directory.get(account.id)
    _tell(account, "disabled, and its sessions have ended.", as_json=as_json)


@accounts.command()
@email_argument
@json_option
def enable(*, email: str, as_json: bool) -> None:
    """Let the owner of a disabled account log in again."""
    with opened() as services:
        account = _find(services, email)
        services.administration.enable(account.id)
        account = services.directory.get(account.id)
    _tell(account, "enabled.", as_json=as_json)


@accounts.command()
@email_argument
@json_option
def delete(*, email: str, as_json: bool) -> None:
    """Remove an account with everything that belongs to it, without asking again."""
    with opened() as services:
        account = _find(services, email)
        services.administration.delete(account.id, by=None)
    _tell(account, "deleted.", as_json=as_json)


def _find(services: Services, email: str) -> Entry:
    account = services.directory.find(email)
    if account is None:
        raise click.ClickException(f"{email} has no account.")
    return account


def _tell(account: Entry, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(account)
    else:
        click.echo(f"{account.email} is {what}")


def _row(account: Entry) -> tuple[str, ...]:
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


def _read_password() -> str:
    """Without the end of its line, which no password has."""
    try:
        return sys.stdin.buffer.read().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.UsageError("The password is not in UTF-8.") from None


def _ask_for_password() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask at; use --password-stdin.")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
