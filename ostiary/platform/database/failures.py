"""Which of psycopg2's errors mean that Postgres cannot be used now."""

from psycopg2 import Error, InterfaceError, OperationalError

_CLASSES = ("08", "53", "57", "58")
_LOCK_NOT_AVAILABLE = "55P03"
_SERIALIZATION_FAILURE = "40001"
_DEADLOCK = "40P01"
_READ_ONLY = "25006"
_IDLE_TOO_LONG = "25P03"
_CODES = (
    _LOCK_NOT_AVAILABLE,
    _SERIALIZATION_FAILURE,
    _DEADLOCK,
    _READ_ONLY,
    _IDLE_TOO_LONG,
)
_UNPREPARED = "26000"
# Where Postgres finds that a table has changed too much for what was prepared, as it is called in
# the source: the code alone says nothing, and the text is translated.
_REVISION = "RevalidateCachedQuery"


class OutOfPatience(OperationalError):
    """Postgres did not answer in time."""


def means_unavailable(error: Error) -> bool:
    if error.pgcode is None:
        return isinstance(error, OperationalError | InterfaceError)
    is_known = error.pgcode in _CODES or error.pgcode.startswith(_CLASSES)
    return is_known or _has_lost_plans(error)


def spoils_connection(error: Error) -> bool:
    """Whether another connection would do better: this one reached a server that steps down, or
    one that does not know any more what was prepared.
    """
    steps_down = error.pgcode == _READ_ONLY or (error.pgcode or "").startswith("57P")
    return steps_down or _has_lost_plans(error)


def was_answered(error: Error) -> bool:
    """Whether a failed attempt to connect reached a server, which says FATAL when it refuses."""
    return "FATAL" in str(error)


def _has_lost_plans(error: Error) -> bool:
    return error.pgcode == _UNPREPARED or error.diag.source_function == _REVISION
