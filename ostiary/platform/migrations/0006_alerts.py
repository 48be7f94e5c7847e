"""Alerts, refused scrapes, and since when a process has been leaving signs of life."""

SQL = """
CREATE TABLE alert (
    id uuid PRIMARY KEY,
    rule text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('critical', 'warning')),
    summary text NOT NULL,
    fired_at timestamptz NOT NULL,
    announced_at timestamptz NOT NULL,
    resolved_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by uuid
);
CREATE UNIQUE INDEX alert_firing ON alert (rule) WHERE resolved_at IS NULL;
CREATE INDEX alert_rule_fired_at ON alert (rule, fired_at);

CREATE TABLE denial (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    scrapes integer NOT NULL
);
CREATE INDEX denial_at ON denial (at);

CREATE INDEX lockout_locked_at ON lockout (locked_at);
ALTER TABLE heartbeat ADD COLUMN since timestamptz;
"""
