"""`ostiary keys`: the keys that sign access tokens, and the secrets that seal them."""

from datetime import datetime

import click

from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json, print_table, stamp
from ostiary.sessions.keys.keys import Resealed, Shown

HEADINGS = ("KID", "STATE", "PUBLISHED AT", "ACTIVE AT", "RETIRING AT", "GONE AT", "SEALED BY")
SEALED_BY = {
    "newest": "the newest secret",
    "older": "an older secret",
    "unknown": "NONE OF THE SECRETS",
}


@click.group()
def keys() -> None:
    """List, rotate and reseal the keys that sign access tokens."""


@keys.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """List keys, the newest first."""
    with opened() as services:
        found = services.keys.newest()
    if as_json:
        print_json(found)
    elif found:
        print_table(HEADINGS, map(_row, found))
    else:
        click.echo("There is no key yet; the first login makes one.")


@keys.command()
@click.option("--emergency", is_flag=True, help="Refuse at once what the keys before have signed.")
@json_option
def rotate(*, emergency: bool, as_json: bool) -> None:
    """Publish the next key, which becomes active by itself ten minutes later."""
    with opened() as services:
        made = services.keys.rotate_at_once() if emergency else services.keys.rotate()
    if as_json:
        print_json(made)
    elif made.state == "published":
        click.echo(f"{made.kid} is published, and active from {stamp(made.active_at)}.")
    else:
        click.echo(f"{made.kid} is active.")


@keys.command()
@json_option
def reseal(*, as_json: bool) -> None:
    """Seal every key by the newest of SECRET_KEYS; exit 1 if none of them opens one."""
    with opened() as services:
        done = services.keys.reseal()
    if as_json:
        print_json(done)
    else:
        _tell(done)
    if done.unopened:
        raise SystemExit(1)


def _tell(done: Resealed) -> None:
    for kid in done.unopened:
        click.echo(f"{kid} stays as it is: none of SECRET_KEYS opens it.", err=True)
    if done.resealed:
        click.echo(f"{', '.join(done.resealed)}: sealed by the newest secret.")
    elif not done.unopened:
        click.echo("There is no key yet.")


def _row(key: Shown) -> tuple[str, ...]:
    return (
        key.kid,
        key.state,
        stamp(key.published_at),
        stamp(key.active_at),
        _stamp(key.retiring_at),
        _stamp(key.gone_at),
        SEALED_BY[key.sealed_by],
    )


def _stamp(moment: datetime | None) -> str:
    return stamp(moment) if moment else ""
