"""Savepoints whose rollback also forgets what was to go with the commit, or to follow it."""

from typing import Self

import peewee


class Savepoint(peewee._savepoint):
    def __enter__(self) -> Self:
        self._callbacks_before = len(self.db._state.commit_callbacks)
        self._companions_before = len(self.db._state.conn.companions)
        super().__enter__()
        return self

    def rollback(self, begin: bool = True) -> None:
        del self.db._state.commit_callbacks[self._callbacks_before :]
        self.db._state.conn.companions.drop(after=self._companions_before)
        super().rollback(begin)
