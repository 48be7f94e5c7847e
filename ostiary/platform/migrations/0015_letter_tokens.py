"""One table for the tokens of letters, and registrations that wait for the proof of their address.

What the tables of before hold moves over. A registration that the release before writes while both
serve is not seen by this one; its owner registers again.
"""

SQL = """
CREATE TABLE pending_registration (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    email_key text NOT NULL,
    display_name text,
    locale text,
    password_hash text NOT NULL,
    client text,
    created_at timestamptz NOT NULL
);
CREATE INDEX pending_registration_email_key ON pending_registration (email_key, created_at);
CREATE INDEX pending_registration_created_at ON pending_registration (created_at);

CREATE TABLE letter_token (
    digest bytea PRIMARY KEY,
    purpose text NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL,
    account_id uuid REFERENCES account ON DELETE CASCADE,
    lockout_id uuid,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX letter_token_email_key ON letter_token (email_key);
CREATE INDEX letter_token_account_id ON letter_token (account_id);
CREATE INDEX letter_token_lockout_id ON letter_token (lockout_id) WHERE lockout_id IS NOT NULL;
CREATE INDEX letter_token_expires_at ON letter_token (expires_at);

ALTER TABLE account ADD COLUMN locale text;

INSERT INTO pending_registration (id, email, email_key, display_name, password_hash, created_at)
SELECT id, email, email_key, display_name, password_hash, created_at
FROM claim WHERE confirmed_at IS NULL AND account_id IS NULL;

INSERT INTO letter_token (digest, purpose, email, email_key, account_id, expires_at, used_at)
SELECT digest, 'verification', claim.email, claim.email_key, claim.account_id, expires_at, used_at
FROM verification_token JOIN claim ON claim.id = verification_token.claim_id;

INSERT INTO letter_token (digest, purpose, email, email_key, account_id, expires_at, used_at)
SELECT digest, 'reset', coalesce(account.email, asked.email), reset_token.email_key, account.id,
    expires_at, used_at
FROM reset_token LEFT JOIN account ON account.id = reset_token.account_id
LEFT JOIN LATERAL (
    SELECT email FROM claim WHERE claim.email_key = reset_token.email_key
    ORDER BY created_at DESC LIMIT 1) AS asked ON true
WHERE coalesce(account.email, asked.email) IS NOT NULL;

INSERT INTO letter_token
    (digest, purpose, email, email_key, account_id, lockout_id, expires_at, used_at)
SELECT digest, 'unlock', account.email, account.email_key, account.id, lockout_id, expires_at,
    used_at
FROM unlock_token JOIN account ON account.id = unlock_token.account_id;

UPDATE outbox SET event = event - 'claim_id' || jsonb_build_object(
    'registration_id', (SELECT id FROM pending_registration AS registration
        WHERE registration.id = (event ->> 'claim_id')::uuid),
    'account_id', coalesce(event ->> 'account_id', (SELECT account_id FROM claim
        WHERE claim.id = (event ->> 'claim_id')::uuid)::text))
WHERE event ? 'claim_id';
CREATE INDEX outbox_registration ON outbox ((event ->> 'registration_id'))
    WHERE event ->> 'registration_id' IS NOT NULL;
"""
