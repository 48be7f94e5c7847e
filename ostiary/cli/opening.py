"""Opens the services for one command, whose refusals are the answer no."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import peewee
from structlog.contextvars import bind_contextvars

from ostiary.errors import Refusal
from ostiary.platform import request_context
from ostiary.platform.identifiers import new_id
from ostiary.platform.logs import configure_logs
from ostiary.platform.migrations import pending
from ostiary.platform.settings import settings_or_exit
from ostiary.services import Services, open_services


@contextmanager
def opened() -> Iterator[Services]:
    """What is logged goes to stderr, so that stdout holds the answer alone."""
    settings = settings_or_exit()
    configure_logs("cli", "warning", stream=sys.stderr)
    request_context.command()
    bind_contextvars(request_id=str(new_id()))
    services = open_services(settings, nudge=lambda task, *promise_ids: None)
    try:
        yield services
    except Refusal as refusal:
        raise click.ClickException(refusal.detail) from None
    except peewee.ProgrammingError:
        missing = pending(services.database)
        if not missing:
            raise
        raise click.ClickException(f"Run `ostiary migrate`: {missing[0]} is missing.") from None
    finally:
        services.close()
