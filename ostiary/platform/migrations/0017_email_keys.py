"""The key of an address follows its mailbox: domains by IDNA 2008, local parts by PRECIS."""

from collections.abc import Iterator
from itertools import groupby

from ostiary.platform.database import Database, Row
from ostiary.platform.emails import email_key

SQL = """
COMMENT ON COLUMN account.email_key IS 'ostiary.platform.emails.email_key of the address';
CREATE INDEX account_email_prefix ON account (lower(email) text_pattern_ops);
CREATE INDEX account_name_prefix ON account (lower(display_name) text_pattern_ops)
    WHERE display_name IS NOT NULL;
"""
# The key of any other address is what it was: the address in lower case.
AFFECTED = "email ~ '[^ -~]' OR email ILIKE '%%xn--%%'"
ACCOUNTS = f"SELECT id, email FROM account WHERE {AFFECTED}"
REGISTRATIONS = f"SELECT id, email FROM pending_registration WHERE {AFFECTED}"
LETTER_TOKENS = f"SELECT digest, email FROM letter_token WHERE {AFFECTED}"
HOLDERS = "SELECT id, email FROM account WHERE email_key = ANY (%(keys)s)"

# Keys may change places, so that none of them holds an old one when it takes its new one.
STEP_ASIDE = f"UPDATE account SET email_key = id::text WHERE {AFFECTED}"
SET_ACCOUNT = "UPDATE account SET email_key = %(key)s WHERE id = %(id)s"
SET_REGISTRATION = "UPDATE pending_registration SET email_key = %(key)s WHERE id = %(id)s"
SET_LETTER_TOKEN = "UPDATE letter_token SET email_key = %(key)s WHERE digest = %(digest)s"
SET_LOCKOUTS = """
UPDATE lockout SET email = %(key)s,
    subject = CASE WHEN starts_with(subject, 'address:') THEN 'address:' || %(key)s
        ELSE subject END
WHERE account_id = %(id)s
"""


def conflicts(database: Database) -> Iterator[str]:
    """One sentence for each mailbox that has several accounts; there must be none."""
    found = {(email_key(row.email), row.email, row.id) for row in database.fetch_all(ACCOUNTS)}
    keys = [key for key, _, _ in found]
    holders = {(email_key(row.email), row.email, row.id) for row in _holders(database, keys)}
    for _, accounts in groupby(sorted(found | holders), key=lambda each: each[0]):
        names = [f"{email} ({account_id})" for _, email, account_id in accounts]
        if len(names) > 1:
            yield f"{' and '.join(names)} are accounts of one mailbox."


def convert(database: Database) -> None:
    """Belongs inside the transaction of the migration."""
    accounts = database.fetch_all(ACCOUNTS)
    database.run(STEP_ASIDE)
    for row in accounts:
        database.run(SET_ACCOUNT, id=row.id, key=email_key(row.email))
        database.run(SET_LOCKOUTS, id=row.id, key=email_key(row.email))
    for row in database.fetch_all(REGISTRATIONS):
        database.run(SET_REGISTRATION, id=row.id, key=email_key(row.email))
    for row in database.fetch_all(LETTER_TOKENS):
        database.run(SET_LETTER_TOKEN, digest=row.digest, key=email_key(row.email))


def _holders(database: Database, keys: list[str]) -> list[Row]:
    return database.fetch_all(HOLDERS, keys=keys) if keys else []
