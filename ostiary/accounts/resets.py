"""The statements about forgotten passwords that must be exact under concurrency."""

from ostiary.accounts.claims import SIGNED_OUT

# Of an address that nobody has proven, the newest claim is written to; one row, whatever is known.
FIND_RECIPIENT = """
SELECT account.id AS account_id, claim.id AS claim_id
FROM (VALUES (%(email_key)s)) AS address (email_key)
LEFT JOIN account USING (email_key)
LEFT JOIN LATERAL (
    SELECT id FROM claim
    WHERE claim.email_key = address.email_key AND claim.confirmed_at IS NULL
      AND account.id IS NULL
    ORDER BY created_at DESC, id DESC LIMIT 1) AS claim ON true
"""
# The claim may have become an account since.
RECIPIENT = """
SELECT account.id AS account_id, coalesce(account.email, asked.email) AS email, email_key
FROM (
    SELECT email, email_key FROM account WHERE id = %(account_id)s
    UNION ALL SELECT email, email_key FROM claim WHERE id = %(claim_id)s) AS asked
LEFT JOIN account USING (email_key)
WHERE account.disabled_at IS NULL
"""
FIND_TOKEN = """
SELECT email_key, expires_at, used_at FROM reset_token WHERE digest = %(digest)s
"""
# Whoever read the letter has proven the address. Where it was only claimed, the account begins
# here, with nothing but the address: nobody knows whose claim the newest one was.
REPLACE = f"""
INSERT INTO account AS a
    (id, email, email_key, password_hash, roles, created_at, email_verified_at,
     password_changed_at)
SELECT %(account_id)s, email, email_key, %(password_hash)s, '{{}}', %(now)s, %(now)s, %(now)s
FROM (
    SELECT email, email_key, 'infinity'::timestamptz AS created_at, id FROM account
    WHERE email_key = %(email_key)s
    UNION ALL
    SELECT email, email_key, created_at, id FROM claim
    WHERE email_key = %(email_key)s AND confirmed_at IS NULL
    ORDER BY created_at DESC, id DESC LIMIT 1) AS known
ON CONFLICT (email_key) DO UPDATE SET
    password_hash = excluded.password_hash,
    email_verified_at = coalesce(a.email_verified_at, %(now)s),
    password_changed_at = greatest(
        %(now)s, a.password_changed_at + interval '1 microsecond'),
    signed_out_at = {SIGNED_OUT}
WHERE a.disabled_at IS NULL
RETURNING id
"""
VOID_CLAIMS = "DELETE FROM claim WHERE email_key = %(email_key)s AND confirmed_at IS NULL"
VOID_TOKENS = """
UPDATE reset_token SET used_at = %(now)s WHERE email_key = %(email_key)s AND used_at IS NULL
"""
VOID_UNLOCKING = """
UPDATE unlock_token SET used_at = %(now)s WHERE account_id = %(account_id)s AND used_at IS NULL
"""
VOID_EVERY_TOKEN = "UPDATE reset_token SET used_at = %(now)s WHERE used_at IS NULL"
VOID_ALL_UNLOCKING = "UPDATE unlock_token SET used_at = %(now)s WHERE used_at IS NULL"
EXPIRED_TOKENS = """
DELETE FROM reset_token WHERE digest IN (
    SELECT digest FROM reset_token WHERE expires_at < %(before)s
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
EXPIRED_UNLOCKING = """
DELETE FROM unlock_token WHERE digest IN (
    SELECT digest FROM unlock_token WHERE expires_at < %(before)s
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
