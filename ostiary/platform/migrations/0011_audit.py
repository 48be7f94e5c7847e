"""The audit: entries by month, and the chain that shows whether one was changed or removed."""

SQL = """
CREATE TABLE audit (
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    account_id uuid,
    actor_id uuid,
    ip text,
    request_id text,
    detail jsonb NOT NULL,
    key_id text NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_account_id ON audit (account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX audit_event ON audit (event, id);
CREATE TABLE audit_default PARTITION OF audit DEFAULT;
DO $$
DECLARE
    month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
BEGIN
    FOR ahead IN 0..2 LOOP
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF audit FOR VALUES FROM (%L) TO (%L)',
            'audit_' || to_char(month, 'YYYY_MM'),
            month AT TIME ZONE 'UTC',
            (month + interval '1 month') AT TIME ZONE 'UTC');
        month := month + interval '1 month';
    END LOOP;
END $$;

CREATE TABLE audit_waiting (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL
);

CREATE TABLE audit_link (
    seq bigint PRIMARY KEY,
    entry_id uuid NOT NULL,
    entry_at timestamptz NOT NULL,
    digest bytea NOT NULL
);

CREATE TABLE audit_head (
    id smallint PRIMARY KEY CHECK (id = 1),
    first_seq bigint NOT NULL,
    first_at timestamptz,
    vouched_seq bigint NOT NULL,
    vouched_hash bytea NOT NULL,
    last_seq bigint NOT NULL,
    last_hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    key_id text NOT NULL,
    mac bytea NOT NULL
);
"""
