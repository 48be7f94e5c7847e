"""`ostiary migrate`: the release step, safe to run twice at once."""

import sys
import time
from collections.abc import Callable

import click
import structlog

from ostiary.cli.output import json_option, print_json
from ostiary.errors import Unavailable
from ostiary.platform import migrations
from ostiary.platform.database import Database, open_database
from ostiary.platform.logs import configure_logs
from ostiary.platform.settings import settings_or_exit
from ostiary.platform.signals import Stopped, stoppable

log = structlog.get_logger()

PAUSE_SECONDS = 1.0
ADVICE = """\
Nothing was changed. Of the accounts named above, keep one a mailbox: delete the others with
`ostiary accounts delete EMAIL` of the release that runs now, and migrate again."""


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if a migration is missing.")
@json_option
def migrate(*, check: bool, as_json: bool) -> None:
    """Bring the database's schema up to date, waiting for Postgres if need be."""
    settings = settings_or_exit()
    database = open_database(settings.database_url)
    if check:
        configure_logs("cli", "warning", stream=sys.stderr)
        raise SystemExit(_report(database, as_json=as_json))
    configure_logs("release", settings.log_level, stream=sys.stderr if as_json else None)
    applied = _stoppably(lambda: _release(database))
    if as_json:
        print_json({"applied": applied})


def _report(database: Database, *, as_json: bool) -> int:
    try:
        missing, conflicts = migrations.pending(database), migrations.conflicts(database)
    except Unavailable as refusal:
        raise click.ClickException(refusal.detail) from refusal
    if as_json:
        print_json({"missing": missing, "conflicts": conflicts})
    else:
        click.echo("\n".join(f"missing {name}" for name in missing) or "up to date")
        _name(conflicts)
    return 1 if missing else 0


def _name(conflicts: list[str]) -> None:
    for conflict in conflicts:
        click.echo(conflict, err=True)
    if conflicts:
        click.echo(ADVICE, err=True)


def _stoppably(release: Callable[[], list[str]]) -> list[str]:
    """A migration is one transaction: the one in hand is undone, and nobody takes it for done."""
    try:
        with stoppable(lambda: None):
            return release()
    except migrations.MigrationBlocked as blocked:
        log.error("release_blocked", conflicts=blocked.conflicts)  # noqa: TRY400
        _name(blocked.conflicts)
        raise SystemExit(1) from None
    except Stopped as stopped:
        log.warning("release_stopped", signal=stopped.number)
        raise SystemExit(128 + stopped.number) from None


def _release(database: Database) -> list[str]:
    _await(database)
    applied = migrations.migrate(database)
    log.info("schema_up_to_date", applied=len(applied))
    return applied


def _await(database: Database) -> None:
    while True:
        try:
            migrations.pending(database)
            return
        except Unavailable:
            log.warning("release_waits", waiting_for=["postgres"])
            time.sleep(PAUSE_SECONDS)
