"""Which connection has something to say, told to one of the threads that wait for it."""

from selectors import EVENT_READ

from api.server.connection import Connection
from api.server.one_shot import OneShot


class Poller:
    """Whom it tells of a connection, theirs it is until they `expect` something of it again.

    Nobody hands it over from thread to thread: that would be a second wake-up for each request.
    """

    def __init__(self, one_shot: OneShot) -> None:
        self._one_shot = one_shot
        self._known: dict[int, Connection] = {}

    def __len__(self) -> int:
        return len(self._known)

    def fileno(self) -> int:
        """Readable while somebody has something to say and no thread has heard it."""
        return self._one_shot.fileno()

    def add(self, conn: Connection) -> None:
        """And expect something of it."""
        self._known[conn.fileno()] = conn
        self._one_shot.add(conn.fileno())

    def expect(self, conn: Connection, on: int = EVENT_READ) -> None:
        """The last that a thread does with a connection; in vain where it was closed meanwhile."""
        self._one_shot.arm(conn.fileno(), on)

    def forget(self, conn: Connection) -> None:
        """Before it is closed, when its number may become another's."""
        if self._known.pop(conn.fileno(), None):
            self._one_shot.discard(conn.fileno())

    def wait(self, seconds: float | None = None) -> Connection | None:
        """One that is the caller's now; None when time is up or somebody else was quicker."""
        conn = self._known.get(self._one_shot.wait(seconds) or 0)
        return conn if conn is not None and conn.is_taken() else None
