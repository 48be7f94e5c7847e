"""Sealing what must be read again: private keys by the operator's secrets, answers by a token."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def seal_of(secrets: tuple[str, ...]) -> MultiFernet:
    """The first secret seals, all of them open."""
    return MultiFernet([_fernet(secret, purpose=b"ostiary sealing") for secret in secrets])


def sealed_by(token: str) -> Fernet:
    """Opens only for whoever holds the token, of which Ostiary keeps nothing but a digest."""
    return _fernet(token, purpose=b"ostiary token")


def _fernet(secret: str, *, purpose: bytes) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
    return Fernet(urlsafe_b64encode(key))
