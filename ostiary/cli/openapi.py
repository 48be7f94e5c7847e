"""`ostiary openapi`: the OpenAPI document, without connecting to anything."""

import click

from ostiary.platform.settings import settings_or_exit
from ostiary.services import open_services


@click.command()
def openapi() -> None:
    """Print the OpenAPI document of every route."""
    from api.app import routes
    from api.docs import published

    settings = settings_or_exit()
    services = open_services(settings, nudge=lambda task, *promise_ids: None)
    click.echo(published(routes(services), settings))
