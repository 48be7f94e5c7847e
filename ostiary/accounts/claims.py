"""The statements about claims that must be exact under concurrency."""

from datetime import timedelta

# A claim that nobody has confirmed by then counts no more.
REMEMBERED = timedelta(days=30)

INSERT = """
INSERT INTO claim (id, account_id, email, email_key, display_name, password_hash, created_at)
VALUES (%(id)s, %(account_id)s, %(email)s, %(email_key)s, %(display_name)s, %(password_hash)s,
    %(now)s)
"""
FIND_OPEN = "SELECT id, email FROM claim WHERE id = %(id)s AND confirmed_at IS NULL"
INSERT_TOKEN = """
INSERT INTO verification_token (digest, claim_id, expires_at)
VALUES (%(digest)s, %(claim_id)s, %(expires_at)s)
"""
FIND_TOKEN = """
SELECT token.digest, token.expires_at, token.used_at, token.claim_id, claim.email_key
FROM verification_token AS token JOIN claim ON claim.id = token.claim_id
WHERE token.digest = %(digest)s
"""
LOCK_ADDRESS = "SELECT pg_advisory_xact_lock(hashtextextended(%(email_key)s, 0))"

# A login notes its moment and begins its session at it, so that this is later than any of them,
# whatever the clocks of two processes say.
SIGNED_OUT = "greatest(%(now)s, a.last_login_at + interval '1 microsecond')"

# An account that was opened without proof takes over what came with the confirmed claim; another
# password ends the sessions that were begun with the old one.
PROVE = f"""
INSERT INTO account AS a (id, email, email_key, display_name, password_hash, roles, created_at,
    email_verified_at)
SELECT %(account_id)s, email, email_key, display_name, password_hash, '{{}}', %(now)s, %(now)s
FROM claim WHERE id = %(claim_id)s
ON CONFLICT (email_key) DO UPDATE SET
    email_verified_at = %(now)s,
    password_hash = excluded.password_hash,
    display_name = CASE WHEN a.password_hash = excluded.password_hash
        THEN a.display_name ELSE excluded.display_name END,
    signed_out_at = CASE WHEN a.password_hash = excluded.password_hash
        THEN a.signed_out_at ELSE {SIGNED_OUT} END
WHERE a.email_verified_at IS NULL
RETURNING id
"""
CONFIRM = """
UPDATE claim SET account_id = %(account_id)s, confirmed_at = %(now)s, password_hash = ''
WHERE id = %(claim_id)s
"""
USE_TOKEN = "UPDATE verification_token SET used_at = %(now)s WHERE digest = %(digest)s"
VOID_OTHER_TOKENS = """
DELETE FROM verification_token WHERE claim_id = %(claim_id)s AND digest <> %(digest)s
"""
VOID_OTHERS = "DELETE FROM claim WHERE email_key = %(email_key)s AND id <> %(claim_id)s"

NEWEST_OPEN = """
SELECT id FROM claim WHERE email_key = %(email_key)s AND confirmed_at IS NULL
ORDER BY created_at DESC, id DESC LIMIT 1
"""
EXPIRED_TOKENS = """
DELETE FROM verification_token WHERE digest IN (
    SELECT digest FROM verification_token WHERE expires_at < %(before)s
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
ABANDONED = """
DELETE FROM claim WHERE id IN (
    SELECT id FROM claim WHERE created_at < %(before)s AND confirmed_at IS NULL
    ORDER BY created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
