"""Redis behind Sentinels: whoever they say is the master, asked anew at each connection."""

from dataclasses import dataclass
from typing import Any, Self, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redis import Redis
from redis.sentinel import Sentinel

SCHEME = "sentinel"
PORT = 26379
# What Sentinel's own sample configuration calls it.
USUAL_MASTER = "mymaster"


@dataclass(frozen=True)
class Sentinels:
    """`sentinel://:password@host:26379;sentinel://host:26379/0?master=name`.

    The password is the master's, of the first URL; the database and the name are the last one's.
    """

    urls: tuple[SplitResult, ...]

    @classmethod
    def find(cls, url: str) -> Self | None:
        """None where the URL leads to Redis itself."""
        urls = tuple(map(urlsplit, url.split(";")))
        return cls(urls) if urls[0].scheme == SCHEME else None

    @property
    def master(self) -> str:
        return parse_qs(self.urls[-1].query).get("master", [USUAL_MASTER])[0]

    @property
    def broker_url(self) -> str:
        """As kombu reads it, which takes the name of the master apart from the URL."""
        return ";".join(url._replace(query="").geturl() for url in self.urls)

    def connect(self, **options: Any) -> Redis:
        """A client of the master; `options` are those of every connection, to Sentinels too."""
        return cast(Redis, self._ask(options).master_for(self.master))

    def each(self, **options: Any) -> list[Redis]:
        """A client of every Sentinel, to ask it about the master."""
        return self._ask(options).sentinels

    def _ask(self, options: dict[str, Any]) -> Sentinel:
        hosts = [(url.hostname, url.port or PORT) for url in self.urls]
        return Sentinel(hosts, sentinel_kwargs=options, **options | self._login())

    def _login(self) -> dict[str, Any]:
        first, last = self.urls[0], self.urls[-1]
        return {
            "username": first.username and unquote(first.username),
            "password": first.password and unquote(first.password),
            "db": int(last.path.strip("/") or 0),
        }
