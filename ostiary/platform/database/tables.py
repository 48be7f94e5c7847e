"""The base of every wing's models."""

import peewee


def _insist_on_name(model: type[peewee.Model]) -> str:
    raise TypeError(f"{model.__name__} does not name its table.")


class Table(peewee.Model):
    """A model with nothing implied: it names its table and its key, and is bound to a database."""

    class Meta:
        table_name = "table"
        table_function = _insist_on_name
        primary_key = False
