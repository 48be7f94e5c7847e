"""The type of an argument that names a role."""

import re

import click

from ostiary.accounts.roles import ROLE_PATTERN


class RoleName(click.ParamType[str]):
    name = "role"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(ROLE_PATTERN, value):
            self.fail(
                "A role is a word of a-z, 0-9, _ and -, at most 32, that begins with a letter."
            )
        return value
