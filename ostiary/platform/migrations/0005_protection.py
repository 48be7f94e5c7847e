"""Attempts to guess a secret, the locks that follow, and the links that let the owner in."""

SQL = """
CREATE TABLE attempt (
    id uuid PRIMARY KEY,
    subject text NOT NULL,
    client text NOT NULL,
    at timestamptz NOT NULL,
    verdict text NOT NULL
        CHECK (verdict IN ('pending', 'right', 'wrong', 'spent', 'forgiven', 'refused')),
    rule text
);
CREATE INDEX attempt_subject ON attempt (subject, at);
CREATE INDEX attempt_client ON attempt (client, at)
    WHERE verdict IN ('pending', 'wrong', 'spent');
CREATE INDEX attempt_at ON attempt (at);

CREATE TABLE lockout (
    id uuid PRIMARY KEY,
    subject text NOT NULL,
    email text NOT NULL,
    account_id uuid REFERENCES account ON DELETE CASCADE,
    client text NOT NULL,
    failures integer NOT NULL,
    repeats integer NOT NULL,
    locked_at timestamptz NOT NULL,
    locked_until timestamptz NOT NULL,
    released_at timestamptz,
    released_by text CHECK (released_by IN ('expiry', 'admin', 'reset'))
);
CREATE INDEX lockout_subject ON lockout (subject, locked_at);
CREATE INDEX lockout_email ON lockout (email, locked_at);
CREATE INDEX lockout_account_id ON lockout (account_id);
CREATE INDEX lockout_unreleased ON lockout (locked_until) WHERE released_at IS NULL;

CREATE TABLE unlock_token (
    digest bytea PRIMARY KEY,
    lockout_id uuid NOT NULL REFERENCES lockout ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX unlock_token_lockout_id ON unlock_token (lockout_id);
CREATE INDEX unlock_token_account_id ON unlock_token (account_id);
CREATE INDEX unlock_token_expires_at ON unlock_token (expires_at);

CREATE TABLE rate_limit (
    key text PRIMARY KEY,
    used integer NOT NULL,
    resets_at timestamptz NOT NULL
);
CREATE INDEX rate_limit_resets_at ON rate_limit (resets_at);

ALTER TABLE device ADD COLUMN last_seen_at timestamptz;
CREATE INDEX device_seen_at ON device ((coalesce(last_seen_at, created_at)));
"""
