"""The key ring: the keys as they were read at one moment, and what each is good for at another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc.jwk import ECKey

from ostiary.sessions.keys.key import REMEMBERED, Key, State, state_of

# The rest is for whoever cannot open the active one, or whose clock is behind its maker's.
SIGNS_FIRST: tuple[State, ...] = ("active", "retiring", "published")


@dataclass(frozen=True)
class KeyRing:
    """`private` has the keys that could be opened."""

    read_at: datetime
    keys: tuple[Key, ...]
    public: Mapping[str, ECKey]
    private: Mapping[str, ECKey]

    def is_outdated(self, now: datetime) -> bool:
        return now - self.read_at > REMEMBERED

    def find_signing(self, now: datetime) -> ECKey | None:
        for state in SIGNS_FIRST:
            for key in reversed(self.keys):
                if state_of(key, now) == state and key.kid in self.private:
                    return self.private[key.kid]
        return None

    def verifying(self, kid: str, now: datetime) -> ECKey:
        """Raises `KeyError` for a key that is unknown or gone."""
        if kid in self._valid(now):
            return self.public[kid]
        raise KeyError(kid)

    def jwks(self, now: datetime) -> dict[str, Any]:
        return {"keys": [self.public[kid].as_dict(private=False) for kid in self._valid(now)]}

    def _valid(self, now: datetime) -> Iterator[str]:
        return (key.kid for key in self.keys if state_of(key, now) != "gone")
