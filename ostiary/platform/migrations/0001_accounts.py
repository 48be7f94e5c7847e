"""Accounts, the claims to addresses that precede them, and the tokens that prove a claim."""

SQL = """
CREATE TABLE account (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    email_key text NOT NULL UNIQUE,
    display_name text,
    password_hash text NOT NULL,
    roles text[] NOT NULL,
    created_at timestamptz NOT NULL,
    email_verified_at timestamptz,
    last_login_at timestamptz,
    disabled_at timestamptz,
    signed_out_at timestamptz
);

CREATE TABLE claim (
    id uuid PRIMARY KEY,
    account_id uuid REFERENCES account ON DELETE CASCADE,
    email text NOT NULL,
    email_key text NOT NULL,
    display_name text,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz
);
CREATE INDEX claim_email_key ON claim (email_key, created_at);
CREATE INDEX claim_account_id ON claim (account_id);
CREATE INDEX claim_created_at ON claim (created_at);

CREATE TABLE verification_token (
    digest bytea PRIMARY KEY,
    claim_id uuid NOT NULL REFERENCES claim ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX verification_token_claim_id ON verification_token (claim_id);
CREATE INDEX verification_token_expires_at ON verification_token (expires_at);
"""
