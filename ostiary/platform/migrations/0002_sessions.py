"""Devices, sessions with their refresh tokens, and the keys that sign access tokens."""

SQL = """
CREATE TABLE device (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    token_digest bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX device_account_id ON device (account_id);

CREATE TABLE session (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    device_id uuid REFERENCES device ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    ip text NOT NULL,
    user_agent text NOT NULL
);
CREATE INDEX session_account_id ON session (account_id, created_at);
CREATE INDEX session_device_id ON session (device_id);
CREATE INDEX session_expires_at ON session (expires_at);
CREATE INDEX session_ended_at ON session (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE refresh_token (
    digest bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES session ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    sealed bytea NOT NULL
);
CREATE INDEX refresh_token_session_id ON refresh_token (session_id, issued_at);
CREATE INDEX refresh_token_expires_at ON refresh_token (expires_at);

CREATE TABLE signing_key (
    kid text PRIMARY KEY,
    public_jwk jsonb NOT NULL,
    sealed_private_key bytea NOT NULL,
    published_at timestamptz NOT NULL,
    active_at timestamptz NOT NULL
);
"""
