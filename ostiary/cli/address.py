"""The address a command is about, as the argument it is given."""

from collections.abc import Callable
from typing import Any

import click


def _readable(_ctx: click.Context, _param: click.Parameter, email: str) -> str:
    if "@" not in email or not email.isprintable():
        raise click.BadParameter("is no address.")
    return email


email_argument: Callable[[Any], Any] = click.argument("email", callback=_readable)
