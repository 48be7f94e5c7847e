"""Addresses and hosts as they are written on the wire."""

import re

from ostiary.platform.emails import ascii_domain

_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:@\"]+@[A-Za-z0-9._-]+")


def wire_address(address: str) -> str:
    """The local part as it was stored, the domain in ASCII; raises ValueError for anything else."""
    local, _, domain = address.rpartition("@")
    written = f"{local}@{wire_host(domain)}"
    if not (written.isprintable() and _ADDRESS.fullmatch(written)):
        raise ValueError("the address cannot be written in SMTP")
    return written


def wire_host(host: str) -> str:
    """The host by which addresses are compared: a letter goes where its `email_key` says.

    The codec of the standard library turns straße.de into somebody else's host.
    """
    return host if host.isascii() else ascii_domain(host)
