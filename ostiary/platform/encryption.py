"""Sealing what must be read again: private keys by the operator's secrets, answers by a token."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Seal(MultiFernet):
    """The first secret seals, all of them open."""

    def __init__(self, secrets: Sequence[str]) -> None:
        fernets = [_fernet(secret, purpose=b"ostiary sealing") for secret in secrets]
        super().__init__(fernets)
        self._newest = fernets[0]

    def is_newest(self, sealed: bytes) -> bool:
        """Whether the first secret opens it, so that no other is needed."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return False
        return True


def sealed_by(token: str) -> Fernet:
    """Opens only for whoever holds the token, of which Ostiary keeps nothing but a digest."""
    return _fernet(token, purpose=b"ostiary token")


def _fernet(secret: str, *, purpose: bytes) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
    return Fernet(urlsafe_b64encode(key))
