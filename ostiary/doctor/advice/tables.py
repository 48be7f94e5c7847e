"""What is wrong with tables, indexes and transactions, and what helps."""

from ostiary.doctor.finding import Advice

TABLES = (
    Advice(
        "waiting_for_lock",
        "critical",
        "Statements wait for a lock that somebody holds.",
        "Find who holds it, and end that session with pg_terminate_backend if it is stuck.",
        command='psql "$DATABASE_URL" -c "SELECT pid, pg_blocking_pids(pid), left(query, 60)'
        " FROM pg_stat_activity WHERE wait_event_type = 'Lock'\"",
    ),
    Advice(
        "idle_in_transaction",
        "warning",
        "A session holds a transaction open and does nothing: its locks stay.",
        "Close that client, or end its session with pg_terminate_backend.",
        command='psql "$DATABASE_URL" -c "SELECT pid, application_name, state_change'
        " FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'\"",
    ),
    Advice(
        "long_transaction",
        "warning",
        "A transaction has run for so long that nothing can be tidied behind it.",
        "Let a backup or a migration end; end anything else with pg_terminate_backend.",
        command='psql "$DATABASE_URL" -c "SELECT pid, application_name, xact_start'
        ' FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start LIMIT 5"',
    ),
    Advice(
        "index_missing",
        "warning",
        "An index that the migrations made is gone: statements read whole tables.",
        "Make it again with CREATE INDEX CONCURRENTLY, as the migration that made it says.",
    ),
    Advice(
        "index_invalid",
        "warning",
        "An index was never finished: it costs writes and is not used.",
        "Rebuild it with REINDEX INDEX CONCURRENTLY and its name.",
    ),
    Advice(
        "sequential_scans",
        "warning",
        "A large table is read from end to end again and again.",
        "Find the statement, with pg_stat_statements for instance; an index may be missing.",
        section="slow-answers",
    ),
    Advice(
        "index_unused",
        "notice",
        "A large index has not been used since statistics began: it costs writes.",
        "If it is your own, drop it; if it is ours, tell us what you run.",
    ),
)
