"""Epochs, by which every session of an account ends at once, and accounts that were deleted.

A session that a reset of the release before ended is marked as ended here. The foreign keys go,
because a deletion would otherwise touch every row that hangs on an account, however many there are.
"""

SQL = """
ALTER TABLE account
    ADD COLUMN session_epoch integer NOT NULL DEFAULT 0,
    ADD COLUMN swept_epoch integer NOT NULL DEFAULT 0;
CREATE INDEX account_unswept ON account (id) WHERE session_epoch > swept_epoch;

ALTER TABLE session
    ADD COLUMN epoch integer NOT NULL DEFAULT 0,
    ADD COLUMN first_jti uuid;
CREATE INDEX session_live ON session (account_id, epoch) WHERE ended_at IS NULL;
ALTER TABLE session DROP CONSTRAINT IF EXISTS session_account_id_fkey;
ALTER TABLE lockout DROP CONSTRAINT IF EXISTS lockout_account_id_fkey;

UPDATE session SET ended_at = now() FROM account
WHERE account.id = session.account_id AND session.ended_at IS NULL
  AND session.created_at < account.signed_out_at;

CREATE TABLE erased_account (
    id uuid PRIMARY KEY,
    email_key text NOT NULL,
    erased_at timestamptz NOT NULL
);
CREATE INDEX erased_account_erased_at ON erased_account (erased_at);
"""
