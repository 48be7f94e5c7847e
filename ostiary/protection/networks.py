"""The networks of a client: what counts as one client, and the wider ones around it."""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv6Network
from typing import NamedTuple

# A household gets a /56 and a site a /48 (RFC 6177), so one /64 out of thousands costs nothing.
# Honest neighbours share a /48, which is why it has more than one client, and not 65,536 times it.
TIMES_56 = 4
TIMES_48 = 16


class ClientNetworks(NamedTuple):
    """An IPv4 address alone, or the /64 of an IPv6 one with the /56 and the /48 around it."""

    client: str
    network_56: str | None = None
    network_48: str | None = None

    @property
    def widest(self) -> str:
        return self.network_48 or self.client

    def each(self) -> Iterator[tuple[str, int]]:
        """Widest first, each with how many times as much it may as one client."""
        if self.network_56 and self.network_48:
            yield self.network_48, TIMES_48
            yield self.network_56, TIMES_56
        yield self.client, 1


def networks_of_client(client: str) -> ClientNetworks:
    """Of a client as `ClientNetworks` names it."""
    return networks_of(client.partition("/")[0])


@lru_cache(4096)
def networks_of(ip: str) -> ClientNetworks:
    if ":" not in ip:
        return ClientNetworks(ip)
    return ClientNetworks(
        *(str(IPv6Network((ip, length), strict=False)) for length in (64, 56, 48))
    )
