"""Where others are found: URLs, origins, networks and mailboxes."""

from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn

from ostiary.platform.settings.accepting import accepts, each, matching
from ostiary.platform.settings.amounts import integer

DEFAULT_PORTS = {"http": 80, "https": 443}


def split_url(url: str, *schemes: str) -> SplitResult:
    """The parts of a URL with one of these schemes, a host and a port that can exist."""
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname or parts.port == 0 or " " in url:
        raise ValueError(schemes)
    return parts


def public_url(text: str) -> str:
    split_url(text, "http", "https")
    if set(text) & set("?#@\\"):
        raise ValueError(text)
    return text.rstrip("/")


def webhook_url(text: str) -> str:
    split_url(text, "http", "https")
    return text


def page_url(text: str) -> str:
    """The URL of a page that people are sent to; who they are is not part of it."""
    if "@" in split_url(text, "http", "https").netloc:
        raise ValueError(text)
    return text


def support_url(text: str) -> str:
    """The URL of a page, or `mailto:` with a mailbox."""
    if not text.startswith("mailto:"):
        return page_url(text)
    email_address(text.removeprefix("mailto:").partition("?")[0])
    if " " in text:
        raise ValueError(text)
    return text


def origin(text: str) -> str:
    """An origin as browsers write it (RFC 6454): lower case, nothing after the port."""
    matching(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", text)
    parts = split_url(text, text.partition(":")[0])
    if parts.port and parts.port == DEFAULT_PORTS.get(parts.scheme):
        raise ValueError(text)
    return text


def database_url(text: str) -> str:
    """Only what libpq can read, since libpq is what will read it."""
    matching("postgres(?:ql)?://.*", text)
    try:
        ports = parse_dsn(text).get("port", "5432")
    except ProgrammingError:
        raise ValueError("not for libpq") from None
    each(integer(1, 65535))(ports)
    return text


def redis_url(text: str) -> str:
    """One URL, or those of several Sentinels with semicolons between them."""
    for url in text.split(";"):
        matching("/?[0-9]*", split_url(url, "redis", "rediss", "sentinel").path)
    return text


def email_address(text: str) -> str:
    matching(r"[^@\s<>(),;:]+@[^@\s<>(),;:]+", text)
    return text


def mailbox(text: str) -> str:
    email_address(parseaddr(text)[1])
    return text


def host_of(url: str) -> str:
    return urlsplit(url).hostname or "localhost"


def default_sender(url: str) -> str:
    """Letters come from the host they lead to."""
    host = host_of(url)
    return f"Ostiary <ostiary@{'localhost' if ':' in host else host}>"


PublicUrl = Annotated[
    str, accepts(public_url, "a URL such as https://id.example.com, without a query")
]
WebhookUrl = Annotated[str | None, accepts(webhook_url, "an http:// or https:// URL")]
Origins = Annotated[
    tuple[str, ...],
    accepts(
        each(origin),
        "origins such as https://app.example.com: lower case, no path, no default port",
    ),
]
Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...],
    accepts(each(ip_network), "networks such as 10.0.0.0/8 or 2001:db8::/32"),
]
PageUrl = Annotated[
    str, accepts(page_url, "a URL such as https://www.example.com/app, without a user")
]
SupportUrl = Annotated[
    str,
    accepts(support_url, "a URL such as https://www.example.com/help, or mailto:help@example.com"),
]
DatabaseUrl = Annotated[
    str, accepts(database_url, "a URL such as postgresql://user:password@host:5432/name")
]
RedisUrl = Annotated[
    str, accepts(redis_url, "a redis://, rediss:// or sentinel:// URL such as redis://host:6379/0")
]
Mailbox = Annotated[str, accepts(mailbox, "an address such as Ostiary <ostiary@example.com>")]
Mailboxes = Annotated[
    tuple[str, ...], accepts(each(email_address), "addresses with commas between them")
]
