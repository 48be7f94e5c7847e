"""`ostiary unlock`: lets an address in again, at once."""

import click

from ostiary.cli.address import email_argument
from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json, stamp
from ostiary.platform.emails import email_key


@click.command()
@email_argument
@json_option
def unlock(*, email: str, as_json: bool) -> None:
    """Release every lock of an address and its devices; exit 1 if there is none."""
    with opened() as services:
        released = services.protection.lockouts.release(by="admin", email=email_key(email))
    if as_json:
        print_json({"email": email, "released": released})
    for lock in () if as_json else released:
        what = lock.subject.partition(":")[0]
        click.echo(f"{email}: {what} unlocked; it was locked until {stamp(lock.locked_until)}")
    if not released:
        if not as_json:
            click.echo(f"{email} is not locked; `ostiary why {email}` says what happens to it.")
        raise SystemExit(1)
