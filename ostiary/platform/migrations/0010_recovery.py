"""Letters that lead to a new password, and the moment an account got its password."""

SQL = """
CREATE TABLE reset_token (
    digest bytea PRIMARY KEY,
    email_key text NOT NULL,
    account_id uuid REFERENCES account ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX reset_token_email_key ON reset_token (email_key);
CREATE INDEX reset_token_account_id ON reset_token (account_id);
CREATE INDEX reset_token_expires_at ON reset_token (expires_at);

ALTER TABLE account ADD COLUMN password_changed_at timestamptz;

CREATE INDEX outbox_account_error ON outbox ((event ->> 'account_id')) WHERE last_error IS NOT NULL;
CREATE INDEX outbox_claim_error ON outbox ((event ->> 'claim_id')) WHERE last_error IS NOT NULL;
"""
