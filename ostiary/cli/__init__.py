"""The `ostiary` command; each of its commands is imported when it is called."""

from importlib import import_module
from importlib.util import find_spec

import click

COMMANDS = {
    "migrate": "Bring the database's schema up to date.",
    "watch": "Keep promises and raise alerts while others are away.",
    "accounts": "Open accounts, and decide who may use them.",
    "unlock": "Release every lock of an address and its devices.",
    "lockouts": "List who is locked, and who was.",
    "alerts": "List what is wrong and what was, or test the channels.",
    "mail": "List letters, and retry or cancel them.",
    "why": "Explain what happens to the logins of an address.",
    "keys": "List, rotate and reseal the keys that sign access tokens.",
    "doctor": "Look at the live system, and say what is wrong with it.",
    "audit": "Prove that the audit is as it was written.",
    "restored": "Make a restored database safe to serve.",
    "openapi": "Print the OpenAPI document.",
}
# The commands of a checkout: an installation has no workshop, and does not list them.
WORKSHOP = {
    "dev": "Run everything on this machine, embedded, until Ctrl-C.",
    "drill": "Rehearse an incident on a stack of its own.",
    "mailbox": "Take every letter, where there is no mail server.",
}
if find_spec("workshop"):
    COMMANDS |= WORKSHOP


class LazyGroup(click.Group):
    """Lists its commands from a table, so that asking for help imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        folder = "workshop.commands" if cmd_name in WORKSHOP else __name__
        module = import_module(f"{folder}.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ostiary")
def main() -> None:
    """The doorkeeper: accounts, logins, and their protection."""
