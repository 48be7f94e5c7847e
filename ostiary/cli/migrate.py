"""`ostiary migrate`: the release step, safe to run twice at once."""

import time

import click

from ostiary.errors import Unavailable
from ostiary.platform.database import Database, open_database
from ostiary.platform.migrations import migrate as apply_migrations
from ostiary.platform.migrations import pending
from ostiary.platform.settings import settings_or_exit

GLANCE_SECONDS = 1.0


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if a migration is missing.")
@click.option("--wait", default=60.0, show_default=True, help="Seconds to wait for Postgres.")
def migrate(*, check: bool, wait: float) -> None:
    """Bring the database's schema up to date."""
    database = open_database(settings_or_exit().database_url)
    _await_postgres(database, wait)
    names = pending(database) if check else apply_migrations(database)
    for name in names:
        click.echo(f"missing {name}" if check else f"applied {name}")
    if not names:
        click.echo("up to date")
    raise SystemExit(1 if check and names else 0)


def _await_postgres(database: Database, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            database.fetch_one("SELECT 1")
            return
        except Unavailable as refusal:
            if time.monotonic() >= deadline:
                raise click.ClickException(
                    f"Postgres did not answer within {seconds:g} s"
                ) from refusal
            click.echo("waiting for Postgres", err=True)
            time.sleep(GLANCE_SECONDS)
