"""What gunicorn's parser reads, without what nobody may say about themselves here."""

from gunicorn.http import RequestParser
from gunicorn.http.message import Request

from api.server.heads import asks_to_close


class Untrusting(Request):  # type: ignore[misc]
    """Nobody may say how they came (`api.gunicorn`), so nobody's address is asked about it."""

    def should_close(self) -> bool:
        """Gunicorn itself looks at one field, and for one option in it."""
        options = (value for name, value in self.headers if name == "CONNECTION")
        return any(map(asks_to_close, options)) or bool(super().should_close())

    def _peer_is_trusted_proxy(self) -> bool:
        return False


class Parser(RequestParser):  # type: ignore[misc]
    mesg_class = Untrusting
