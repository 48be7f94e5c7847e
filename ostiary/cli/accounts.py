"""`ostiary accounts`: the first administrator, who can come from nowhere else."""

import sys

import click

from ostiary.cli.address import email_argument
from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json


@click.group()
def accounts() -> None:
    """Open accounts, an administrator's among them."""


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
