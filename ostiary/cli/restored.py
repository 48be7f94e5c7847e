"""`ostiary restored`: makes a restored database safe to serve."""

import click

from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json


@click.command()
@json_option
def restored(*, as_json: bool) -> None:
    """End every session, void every letter's token and replace the keys, after a restore."""
    with opened() as services:
        voided = services.restoring.void()
    if as_json:
        print_json(voided)
        return
    click.echo(f"{voided.sessions} sessions ended, {voided.letter_tokens} letters' tokens void.")
    click.echo("The signing keys are new; everybody logs in again.")
