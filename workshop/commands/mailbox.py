"""`ostiary mailbox`: what a staging stack has instead of a mail server."""

import signal
from threading import Event

import click

PORT = click.IntRange(1, 65535)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens.")
@click.option("--smtp-port", type=PORT, default=1025, show_default=True)
@click.option("--http-port", type=PORT, default=8025, show_default=True)
def mailbox(*, host: str, smtp_port: int, http_port: int) -> None:
    """Take every letter and every call of the webhook, and show them, until SIGTERM."""
    try:
        from workshop.mailbox import Mailbox
    except ModuleNotFoundError as missing:
        raise click.ClickException(f"Install ostiary[dev]: {missing.name} is missing.") from None
    stopped = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopped.set())
    with Mailbox(host=host, smtp_port=smtp_port, http_port=http_port):
        click.echo(f"SMTP on {host}:{smtp_port}, pages and webhook on {host}:{http_port}")
        stopped.wait()
