"""The guard of the metrics: who may read them."""

import hmac
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal

import structlog

from ostiary.errors import MetricsForbidden, NotFound
from ostiary.platform import metrics
from ostiary.watch.denials import Denials

Network = IPv4Network | IPv6Network

MAPPED = IPv6Network("::ffff:0:0/96")

log = structlog.get_logger()


@dataclass(frozen=True)
class MetricsGuard:
    is_enabled: bool
    kind: Literal["secret", "cidr", "none"]
    secret: str | None
    allowlist: tuple[Network, ...]
    probe: str
    denials: Denials

    def ensure_open(self, *, client: str, secret: bytes, probe: bytes) -> None:
        """Raises `NotFound` where there are no metrics to read, and `MetricsForbidden`.

        Whoever shows the probe is judged like anybody, and not counted.
        """
        if not self.is_enabled:
            raise NotFound
        if not self._admits(client, secret):
            log.warning("metrics_guard", guard=self.kind, client=client)
            if not hmac.compare_digest(probe, self.probe.encode()):
                self._count()
            raise MetricsForbidden

    def _admits(self, client: str, secret: bytes) -> bool:
        if self.kind == "secret":
            return bool(self.secret) and hmac.compare_digest(secret, str(self.secret).encode())
        if self.kind == "cidr":
            address = ip_address(client)
            return any(address in _as_ipv4(network) for network in self.allowlist)
        return True

    def _count(self) -> None:
        metrics.metrics_guard_denied.add(self.kind)
        self.denials.add()


def _as_ipv4(network: Network) -> Network:
    """A mapped network as what it stands for: clients are known by their IPv4 addresses."""
    if isinstance(network, IPv4Network) or not network.subnet_of(MAPPED):
        return network
    address = network.network_address.ipv4_mapped
    return IPv4Network(f"{address}/{network.prefixlen - MAPPED.prefixlen}")
