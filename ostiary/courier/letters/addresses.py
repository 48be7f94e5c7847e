"""Addresses and hosts as they are written on the wire."""

import re

from email_validator import validate_email

_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:@\"]+@[A-Za-z0-9._-]+")


def wire_address(address: str) -> str:
    """The local part as it was stored, the domain in ASCII; raises ValueError for anything else."""
    local, _, domain = address.rpartition("@")
    written = f"{local}@{wire_host(domain)}"
    if not (written.isprintable() and _ADDRESS.fullmatch(written)):
        raise ValueError("the address cannot be written in SMTP")
    return written


def wire_host(host: str) -> str:
    """By IDNA 2008: the codec of the standard library turns straße.de into somebody else's."""
    if host.isascii():
        return host
    return validate_email(
        f"x@{host}", check_deliverability=False, test_environment=True
    ).ascii_domain
