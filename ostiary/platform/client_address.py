"""Who is calling: the right-most address that no trusted proxy vouches for as its own."""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN = str(IPv4Address(0))


def find_client(peer: str, forwarded: str, *, trusted: tuple[Network, ...]) -> str:
    """The nearest hop we do not trust; where a hop is unreadable, the proxy that reported it."""
    nearest = UNKNOWN
    for hop in [peer, *reversed(forwarded.split(","))]:
        address = _parse(hop.strip())
        if address is None:
            break
        nearest = str(address)
        if not any(address in network for network in trusted):
            break
    return nearest


def network_around(ip: str) -> str:
    """Roughly where a client is: the /24 of an IPv4 address, the /48 of an IPv6 one."""
    return str(ip_network((ip, 48 if ":" in ip else 24), strict=False))


def _parse(hop: str) -> Address | None:
    """An address with or without port, brackets or zone; a mapped one as IPv4."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        address = ip_address(hop.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
