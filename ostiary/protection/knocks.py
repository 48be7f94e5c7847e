"""A knock: somebody at the door with a password, and the budgets it is tried on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from ostiary.protection.networks import ClientNetworks, networks_of


@dataclass(frozen=True)
class Knock:
    """`subject` has the budget; parts are joined by a colon, so that none can pass for another.

    `owner` finds the account that would be told about a lock, and is asked only then.
    """

    subject: str
    networks: ClientNetworks
    email: str
    owner: Callable[[], UUID | None]
    is_known_device: bool = False

    @property
    def client(self) -> str:
        return self.networks.client

    @property
    def kind(self) -> str:
        """Whose budget it is: `address` or `device`."""
        return self.subject.partition(":")[0]


def at_address(email: str, client: str, owner: Callable[[], UUID | None]) -> Knock:
    return Knock(f"address:{email}", networks_of(client), email, owner)


def on_device(device_id: UUID, email: str, client: str, owner: Callable[[], UUID | None]) -> Knock:
    return Knock(f"device:{device_id}", networks_of(client), email, owner, is_known_device=True)


@dataclass(frozen=True)
class Budget:
    """So many wrong passwords within `window`: `attempts` on one address or device, and `of_client`
    from one client on all addresses together; None where clients have no budget.
    """

    attempts: int
    of_client: int | None
    window: timedelta

    def spends_of_client(self, knock: Knock) -> bool:
        """Known devices neither spend the budget of their client nor are refused for it."""
        return self.of_client is not None and not knock.is_known_device
