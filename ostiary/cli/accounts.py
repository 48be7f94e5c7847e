"""`ostiary accounts`: who has one and may use it, the first administrator among them."""

import sys

import click

from ostiary.cli.account_rows import HEADINGS, find_or_exit, row_of, tell
from ostiary.cli.address import email_argument
from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json, print_table
from ostiary.cli.role import RoleName

ROLE = RoleName()


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
        account = services.accounts.administration.create(
            email, password, roles=["admin"] if admin else []
        )
    if as_json:
        print_json(account)
        return
    role = ", an administrator" if admin else ""
    click.echo(f"{account.email} has an account now{role}: {account.id}")


@accounts.command()
@email_argument
@click.option("--role", "roles", multiple=True, type=ROLE, help="A role; may be repeated.")
@click.option("--name", help="The display name.")
@json_option
def invite(*, email: str, roles: tuple[str, ...], name: str | None, as_json: bool) -> None:
    """Open an account whose owner chooses the password by a letter; exit 1 if it is taken."""
    with opened() as services:
        invited = services.accounts.invitations.invite(email, roles=roles, display_name=name)
        account = services.accounts.directory.get(invited)
    tell(account, "invited.", as_json=as_json)


@accounts.command("list")
@click.option("--search", help="Only those whose address or name begins so.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
def list_(*, search: str | None, limit: int, as_json: bool) -> None:
    """List accounts, the newest first."""
    with opened() as services:
        directory = services.accounts.directory
        found = directory.search(search, limit=limit) if search else directory.newest(limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("There is no such account." if search else "Nobody has an account.")
        return
    print_table(HEADINGS, map(row_of, found))
    if len(found) == limit:
        click.echo(f"The newest {limit}; --limit shows more.", err=True)


@accounts.command()
@email_argument
@json_option
def show(*, email: str, as_json: bool) -> None:
    """Show the account of an address; exit 1 if it has none."""
    with opened() as services:
        account = find_or_exit(services, email)
    if as_json:
        print_json(account)
        return
    for heading, value in zip(HEADINGS, row_of(account), strict=True):
        click.echo(f"{heading.capitalize():12}{value}")


@accounts.command()
@email_argument
@json_option
def disable(*, email: str, as_json: bool) -> None:
    """Let nobody in by an account, and end its sessions at once."""
    with opened() as services:
        account = find_or_exit(services, email)
        services.accounts.administration.disable(account.id, by=None)
        account = services.accounts.directory.get(account.id)
    tell(account, "disabled, and its sessions have ended.", as_json=as_json)


@accounts.command()
@email_argument
@json_option
def enable(*, email: str, as_json: bool) -> None:
    """Let the owner of a disabled account log in again."""
    with opened() as services:
        account = find_or_exit(services, email)
        services.accounts.administration.enable(account.id)
        account = services.accounts.directory.get(account.id)
    tell(account, "enabled.", as_json=as_json)


@accounts.command()
@email_argument
@click.argument("role", type=ROLE)
@json_option
def grant(*, email: str, role: str, as_json: bool) -> None:
    """Give an account a role; `admin` opens the routes of administration."""
    with opened() as services:
        account = find_or_exit(services, email)
        services.accounts.roles.grant(account.id, role)
        account = services.accounts.directory.get(account.id)
    tell(account, f"granted the role {role}.", as_json=as_json)


@accounts.command()
@email_argument
@click.argument("role", type=ROLE)
@json_option
def revoke(*, email: str, role: str, as_json: bool) -> None:
    """Take a role from an account; exit 1 if nobody could administer then."""
    with opened() as services:
        account = find_or_exit(services, email)
        services.accounts.roles.revoke(account.id, role)
        account = services.accounts.directory.get(account.id)
    tell(account, f"without the role {role}.", as_json=as_json)


@accounts.command("reset-password")
@email_argument
@json_option
def reset_password(*, email: str, as_json: bool) -> None:
    """Send its owner a letter to choose a new password; exit 1 if the account is disabled."""
    with opened() as services:
        account = find_or_exit(services, email)
        services.accounts.administration.request_password_reset(account.id)
    tell(account, "sent a letter to choose a new password.", as_json=as_json)


@accounts.command()
@email_argument
@json_option
def delete(*, email: str, as_json: bool) -> None:
    """Remove an account with everything that belongs to it, without asking again."""
    with opened() as services:
        account = find_or_exit(services, email)
        services.accounts.administration.delete(account.id, by=None)
    tell(account, "deleted.", as_json=as_json)


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
