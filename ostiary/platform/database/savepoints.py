"""Savepoints whose rollback also forgets what was to follow the commit."""

from typing import Self

import peewee


class Savepoint(peewee._savepoint):
    def __enter__(self) -> Self:
        self._callbacks_before = len(self.db._state.commit_callbacks)
        super().__enter__()
        return self

    def rollback(self, begin: bool = True) -> None:
        del self.db._state.commit_callbacks[self._callbacks_before :]
        super().rollback(begin)
