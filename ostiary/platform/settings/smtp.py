"""The mail server, as one URL describes it."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Literal, cast
from urllib.parse import SplitResult, parse_qsl, unquote

from ostiary.platform.settings.accepting import accepts, matching
from ostiary.platform.settings.addresses import split_url

Encryption = Literal["tls", "require", "auto", "off"]


@dataclass(frozen=True)
class SmtpServer:
    """Where letters are handed over; `tls` from the first byte, the others by STARTTLS."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    encryption: Encryption


def smtp_server(text: str) -> SmtpServer:
    """A password is never sent in the clear unless the URL says so."""
    parts = split_url(text, "smtp", "smtps")
    if parts.path not in ("", "/") or "#" in text:
        raise ValueError("nothing may follow the port but options")
    user, password = _credentials(parts)
    return SmtpServer(
        host=str(parts.hostname),
        port=parts.port or (465 if parts.scheme == "smtps" else 587),
        user=user,
        password=password,
        encryption=_encryption(parts, "require" if password else "auto"),
    )


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    if parts.username is None and parts.password is None:
        return None, None
    if not parts.username or not parts.password:
        raise ValueError("a user and a password come together")
    return _decoded(parts.username), _decoded(parts.password)


def _decoded(text: str) -> str:
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        raise ValueError("a percent sign is written %25")
    return unquote(text, errors="strict")


def _encryption(parts: SplitResult, default: Encryption) -> Encryption:
    options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    if parts.scheme == "smtps" and not options:
        return "tls"
    if parts.scheme == "smtps" or [name for name, _ in options] not in ([], ["starttls"]):
        raise ValueError("an option that is not known here")
    chosen = dict(options).get("starttls", default)
    matching("require|auto|off", chosen)
    return cast("Encryption", chosen)


Smtp = Annotated[
    SmtpServer | None,
    accepts(
        smtp_server,
        "a URL such as smtp://user:password@host:587?starttls=require (auto, off) or"
        " smtps://user:password@host:465, user and password percent-encoded",
    ),
]
