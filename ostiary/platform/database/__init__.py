"""Postgres, reached within a bounded time or reported as unavailable."""

from ostiary.platform.database.database import Database, open_database
from ostiary.platform.database.rows import Row
from ostiary.platform.database.tables import Table

__all__ = ["Database", "Row", "Table", "open_database"]
