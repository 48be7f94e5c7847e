"""What gunicorn's parser reads, without what nobody may say about themselves here."""

from gunicorn.http import RequestParser
from gunicorn.http.message import Request


class Untrusting(Request):  # type: ignore[misc]
    """Nobody may say how they came (`api.gunicorn`), so nobody's address is asked about it."""

    def _peer_is_trusted_proxy(self) -> bool:
        return False


class Parser(RequestParser):  # type: ignore[misc]
    mesg_class = Untrusting
