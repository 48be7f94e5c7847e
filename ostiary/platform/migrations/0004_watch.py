"""Signs of life of the processes, and the history of readiness."""

SQL = """
CREATE TABLE heartbeat (
    process text NOT NULL,
    instance text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (process, instance)
);

CREATE TABLE readiness (
    id uuid PRIMARY KEY,
    checked_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('ready', 'degraded', 'unavailable')),
    checks jsonb NOT NULL
);
CREATE INDEX readiness_checked_at ON readiness (checked_at);
"""
