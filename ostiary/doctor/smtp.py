"""The mail server: whether it lets us in, how quickly, and how well that is protected."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.x509 import load_der_x509_certificate

from ostiary.courier.smtp import Smtp, Undelivered
from ostiary.doctor.finding import Finding, RoundTrip, Seen
from ostiary.doctor.site import Site
from ostiary.doctor.words import lasting
from ostiary.platform.settings import SmtpServer

DEADLINE = timedelta(seconds=6)
SLOW_SECONDS = 2
SOON = timedelta(days=14)
LOCAL = ("localhost", "127.0.0.1", "::1")


def look(site: Site) -> Iterator[Seen]:
    server = site.settings.smtp
    if server is None:
        yield Finding("smtp_unset", "SMTP_URL is not set.")
        return
    yield from encryption(server, is_public=site.is_public)
    name = urlsplit(site.settings.public_url).hostname or ""
    try:
        yield from _visit(Smtp(server, DEADLINE, name=name), site.host())
    except Undelivered as refusal:
        yield Finding("smtp_unreachable", f"SMTP_URL: {refusal.reason}.")


def encryption(server: SmtpServer, *, is_public: bool) -> Iterator[Finding]:
    if server.encryption in ("tls", "require") or server.host in LOCAL:
        return
    if server.password:
        yield Finding("smtp_password_in_the_clear", f"SMTP_URL says starttls={server.encryption}.")
    elif is_public:
        yield Finding("smtp_tls_optional", f"SMTP_URL says starttls={server.encryption}.")


def slowness(seconds: float) -> Iterator[Finding]:
    if seconds > SLOW_SECONDS:
        yield Finding("smtp_slow", f"Connecting and logging in took {seconds:.1f} s.")


def certificate(der: bytes, now: datetime) -> Iterator[Finding]:
    left = load_der_x509_certificate(der).not_valid_after_utc - now
    if left < timedelta():
        yield Finding("smtp_certificate_ends", f"It ended {lasting(-left)} ago.")
    elif left < SOON:
        yield Finding("smtp_certificate_ends", f"It ends in {lasting(left)}.")


def _visit(smtp: Smtp, now: datetime) -> Iterator[Seen]:
    began = time.monotonic()
    with smtp.connect() as connection:
        seconds = time.monotonic() - began
        der = connection.certificate
    yield RoundTrip("smtp", seconds)
    yield from slowness(seconds)
    if der:
        yield from certificate(der, now)
