"""`ostiary drill --permit`: how a stack that may be drilled is known to whoever drills it."""

import click

from ostiary.cli.output import print_json, print_table
from ostiary.platform.drill_permit import drill_permit
from ostiary.platform.settings import settings_or_exit
from workshop.rehearsal.fitness import unfit


def tell_permit(*, as_json: bool) -> None:
    """Run it where the processes run; exit 1 where a drill would say nothing."""
    settings = settings_or_exit()
    if wrong := list(unfit(settings)):
        raise click.ClickException("\n".join(wrong))
    known = {"permit": drill_permit(settings), "operator": settings.alert_emails[0]}
    if as_json:
        print_json(known)
        return
    print_table(("WHAT", "IS"), [(what, str(value)) for what, value in known.items()])
