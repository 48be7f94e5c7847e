"""Promises of background work, and the channels that some of them go out by."""

SQL = """
CREATE TABLE outbox (
    id uuid PRIMARY KEY,
    task text NOT NULL,
    channel text NOT NULL,
    event jsonb NOT NULL,
    status text NOT NULL
        CHECK (status IN ('queued', 'sending', 'sent', 'failed', 'expired', 'cancelled')),
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    nudged_at timestamptz,
    lease uuid,
    finished_at timestamptz
);
CREATE INDEX outbox_due_at ON outbox (due_at) WHERE status IN ('queued', 'sending');
CREATE INDEX outbox_finished_at ON outbox (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE channel (
    name text PRIMARY KEY,
    failures integer NOT NULL,
    paused_until timestamptz NOT NULL,
    last_error text NOT NULL
);
"""
