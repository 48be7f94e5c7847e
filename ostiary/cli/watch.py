"""`ostiary watch`: the watchdog process."""

import signal

import click

from ostiary.platform import tracing
from ostiary.platform.logs import configure_logs
from ostiary.platform.settings import settings_or_exit
from ostiary.services import open_services


@click.command()
def watch() -> None:
    """Keep overdue promises and raise alerts while others are away."""
    settings = settings_or_exit()
    configure_logs("watch", settings.log_level)
    tracing.start("watch")
    services = open_services(settings, nudge=lambda task, *promise_ids: None)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: services.watchdog.stopped.set())
    services.readiness.start()
    services.watchdog.run()
    services.close()
    tracing.stop()
