"""Rows that wait for background work, made by Postgres itself."""

from workshop.benchmarks.rows import Rows

PREFIX = "01900002-0000-7000-8000-"

REGISTRATIONS = """
INSERT INTO pending_registration (id, email, email_key, password_hash, created_at)
SELECT (%(prefix)s || lpad(to_hex(n), 12, '0'))::uuid, address, address, '', now()
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n,
    LATERAL (SELECT 'waiting-' || n || '@example.com' AS address) AS named
"""
PROMISES = """
INSERT INTO outbox (id, task, channel, event, status, created_at, due_at, expires_at)
SELECT gen_random_uuid(), 'tasks.mail.send_verification_email', 'mail',
    jsonb_build_object(
        'registration_id', (%(prefix)s || lpad(to_hex(n), 12, '0'))::uuid,
        'account_id', NULL, 'client', '192.0.2.1'),
    'queued', now(), now() - interval '1 hour', now() + interval '1 day'
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""
SESSIONS = """
INSERT INTO session (id, account_id, created_at, last_seen_at, expires_at, ip, user_agent)
SELECT gen_random_uuid(), account.id, past, past, past, '192.0.2.1', 'benchmark'
FROM (SELECT id FROM account LIMIT 1) AS account,
    LATERAL (SELECT now() - interval '30 days' AS past) AS long_ago,
    generate_series(1, %(number)s)
"""
REFRESH_TOKENS = """
INSERT INTO refresh_token (digest, session_id, issued_at, expires_at, sealed)
SELECT sha256(id::text::bytea), id, created_at, expires_at, decode(repeat('00', 200), 'hex')
FROM session WHERE ip = '192.0.2.1'
"""
ATTEMPTS = """
INSERT INTO attempt (id, subject, client, at, verdict)
SELECT gen_random_uuid(), 'address:' || n || '@example.com', '192.0.2.1',
    now() - interval '30 days', 'wrong'
FROM generate_series(1, %(number)s) AS n
"""


def promise_letters(rows: Rows, *, first: int, number: int) -> None:
    """With the registrations whose addresses they verify."""
    facts = {"prefix": PREFIX, "first": first, "last": first + number - 1}
    rows.run(REGISTRATIONS, **facts)
    rows.run(PROMISES, **facts)


def forget_letters(rows: Rows) -> None:
    rows.run("TRUNCATE outbox, pending_registration")


def wait_for(rows: Rows, number: int) -> None:
    """So many promises due, and nothing else in the outbox."""
    forget_letters(rows)
    rows.run(PROMISES, prefix=PREFIX, first=0, last=number - 1)
    rows.run("VACUUM ANALYZE outbox")


def leave_sessions(rows: Rows, number: int) -> None:
    """Over for long, each with a refresh token: a row for each half."""
    rows.run(SESSIONS, number=number // 2)
    rows.run(REFRESH_TOKENS)
    rows.run("VACUUM ANALYZE session, refresh_token")


def leave_attempts(rows: Rows, number: int) -> None:
    rows.run(ATTEMPTS, number=number)
    rows.run("VACUUM ANALYZE attempt")
