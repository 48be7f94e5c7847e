"""Message authentication codes: what only a holder of the operator's secrets can have written."""

import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Macs:
    """HMAC-SHA256 (RFC 2104): the first secret writes, all of them check.

    Each code goes with the name of its key, which tells nothing of the secret.
    """

    def __init__(self, secrets: tuple[str, ...], *, purpose: str) -> None:
        names = [_derive(secret, f"{purpose} key name", 8).hex() for secret in secrets]
        keys = [_derive(secret, f"{purpose} key", 32) for secret in secrets]
        self._keys = dict(zip(names, keys, strict=True))
        self.newest = names[0]

    @property
    def known(self) -> list[str]:
        return [*self._keys]

    def of(self, message: bytes) -> bytes:
        """By the newest key."""
        return hmac.digest(self._keys[self.newest], message, sha256)

    def is_right(self, message: bytes, mac: bytes, *, key_id: str) -> bool | None:
        """None when the secret of that key is not among ours."""
        key = self._keys.get(key_id)
        return None if key is None else hmac.compare_digest(hmac.digest(key, message, sha256), mac)


def _derive(secret: str, purpose: str, length: int) -> bytes:
    info = f"ostiary {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret.encode())
