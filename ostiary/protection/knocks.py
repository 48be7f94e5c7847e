"""A knock: somebody at the door with a secret, and the budget it is tried on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Network
from uuid import UUID

CLIENT_FACTOR = 10


def network_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that an IPv6 household gets."""
    if ":" not in address:
        return address
    return str(IPv6Network((address, 64), strict=False))


def nobody() -> UUID | None:
    return None


@dataclass(frozen=True)
class Knock:
    """`subject` has the budget; parts are joined by a colon, so that none can pass for another.

    `owner` finds the account that would be told about a lock, and is asked only then.
    """

    subject: str
    client: str
    email: str = ""
    owner: Callable[[], UUID | None] = nobody
    is_known_device: bool = False

    @property
    def kind(self) -> str:
        """Whose budget it is: `address`, `device` or `client`."""
        return self.subject.partition(":")[0]

    @property
    def locks(self) -> bool:
        """Only what belongs to an address is ever locked; a client is merely refused."""
        return self.kind != "client"


def at_address(email: str, client: str, owner: Callable[[], UUID | None]) -> Knock:
    return Knock(f"address:{email}", network_of(client), email, owner)


def on_device(device_id: UUID, email: str, client: str, owner: Callable[[], UUID | None]) -> Knock:
    return Knock(f"device:{device_id}", network_of(client), email, owner, is_known_device=True)


@dataclass(frozen=True)
class Budget:
    """`attempts` wrong ones within `window`; a client may try ten times that on all accounts."""

    attempts: int
    window: timedelta

    def of(self, knock: Knock) -> int:
        return self.attempts if knock.locks else self.of_client

    @property
    def of_client(self) -> int:
        return self.attempts * CLIENT_FACTOR
