"""The accounts that are there: rows made by Postgres itself, as many as wanted."""

from ostiary.platform.argon2id import hasher_of
from ostiary.platform.settings import Argon2Cost
from workshop.benchmarks.rows import Rows

PASSWORD = "nine tidy umbrellas"
# Accounts whose passwords cost what they cost by default, and those that hardly cost anything.
DEAR, CHEAP = "dear", "cheap"
DEAR_ACCOUNTS = 1_000
TAGS = {DEAR: "d", CHEAP: "c"}
DIGITS = 42
STRIDE = 7_919

ACCOUNTS = """
INSERT INTO account
    (id, email, email_key, password_hash, roles, created_at, email_verified_at, last_login_at)
SELECT (%(prefix)s || lpad(to_hex(n), 12, '0'))::uuid, address, address, %(password_hash)s, '{}',
    now(), now(), now()
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n,
    LATERAL (SELECT %(kind)s || '-' || n || '@example.com' AS address) AS named
"""
DEVICES = """
INSERT INTO device (id, account_id, token_digest, created_at)
SELECT id, id, sha256(convert_to(%(tag)s || lpad(n::text, %(digits)s, '0'), 'UTF8')), now()
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n,
    LATERAL (SELECT (%(prefix)s || lpad(to_hex(n), 12, '0'))::uuid AS id) AS named
"""
PREFIX = {DEAR: "01900000-0000-7000-8000-", CHEAP: "01900001-0000-7000-8000-"}


def number_of(kind: str, turn: int, accounts: int) -> int:
    """Neighbours in turn are far apart among the accounts."""
    return turn * STRIDE % (DEAR_ACCOUNTS if kind == DEAR else accounts)


def address_of(kind: str, number: int) -> str:
    return f"{kind}-{number}@example.com"


def device_token_of(kind: str, number: int) -> str:
    """Of the device that the account has logged in from before."""
    return f"{TAGS[kind]}{number:0{DIGITS}}"


def client_of(number: int) -> str:
    """As many addresses as anybody could come from, so that no limit is met by chance."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def settle(rows: Rows, kind: str, cost: Argon2Cost, *, first: int, last: int) -> None:
    """Everybody has the same password, and the hash of one."""
    facts = {
        "kind": kind,
        "tag": TAGS[kind],
        "digits": DIGITS,
        "prefix": PREFIX[kind],
        "first": first,
        "last": last,
        "password_hash": hasher_of(cost).hash(PASSWORD),
    }
    rows.run(ACCOUNTS, **facts)
    rows.run(DEVICES, **facts)
    rows.run("VACUUM ANALYZE account, device")
