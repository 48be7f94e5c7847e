"""What is wrong with Postgres, and what helps."""

from ostiary.doctor.finding import Advice

POSTGRES = (
    Advice(
        "postgres_unreachable",
        "critical",
        "Postgres cannot be reached: nobody can log in.",
        "Bring Postgres back, or point DATABASE_URL at its successor and restart every process.",
        command='psql "$DATABASE_URL" -c "SELECT now(), pg_is_in_recovery()"',
        section="postgres-unavailable",
    ),
    Advice(
        "postgres_standby",
        "critical",
        "DATABASE_URL leads to a standby, which can only be read.",
        "Point DATABASE_URL at the primary, or promote this one if the primary is gone.",
        section="postgres-unavailable",
    ),
    Advice(
        "postgres_not_durable",
        "critical",
        "A crash of the machine may destroy the database.",
        "Switch fsync and full_page_writes on, in postgresql.conf or by ALTER SYSTEM.",
        command='psql "$DATABASE_URL" -qc "ALTER SYSTEM SET fsync = on"'
        ' -qc "ALTER SYSTEM SET full_page_writes = on" -qc "SELECT pg_reload_conf()"',
    ),
    Advice(
        "migrations_pending",
        "critical",
        "The database is behind the code: nobody can log in.",
        "Migrate; it is safe to do so twice.",
        command="ostiary migrate",
        section="schema-behind",
    ),
    Advice(
        "archiving_failing",
        "critical",
        "Postgres cannot archive its log: backups fall behind, and the disk fills up.",
        "Repair what archive_command leads to; Postgres' log has its error.",
        command='psql "$DATABASE_URL" -c "SELECT * FROM pg_stat_archiver"',
    ),
    Advice(
        "wraparound_near",
        "critical",
        "Postgres will refuse every write once its transaction numbers are used up.",
        "End long transactions, then vacuum as the database's owner.",
        command='psql "$DATABASE_URL" -qc "VACUUM (FREEZE)"',
    ),
    Advice(
        "postgres_old",
        "warning",
        "This Postgres is older than what Ostiary is tested with.",
        "Upgrade to PostgreSQL 15 or later.",
    ),
    Advice(
        "postgres_slow",
        "warning",
        "Postgres takes long to answer even a trivial question.",
        "Look at its processors and its disk, and at the network between.",
        section="slow-answers",
    ),
    Advice(
        "postgres_connections_spent",
        "warning",
        "Postgres has hardly any connection left.",
        "Raise max_connections, lower WEB_THREADS, or put PgBouncer between.",
        command='psql "$DATABASE_URL" -c "SELECT application_name, state, count(*)'
        ' FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC"',
    ),
    Advice(
        "postgres_connections_few",
        "warning",
        "Web and worker with these settings may ask for more connections than Postgres has.",
        "Raise max_connections, or lower WEB_CONCURRENCY, WEB_THREADS or WORKER_CONCURRENCY.",
    ),
    Advice(
        "commits_not_awaited",
        "warning",
        "What was answered as done may be lost in a crash: synchronous_commit is off.",
        "Switch synchronous_commit on, for this role and in postgresql.conf.",
        command='psql "$DATABASE_URL" -qc "ALTER SYSTEM SET synchronous_commit = on"'
        ' -qc "SELECT pg_reload_conf()"',
    ),
    Advice(
        "autovacuum_off",
        "warning",
        "Nothing tidies the tables: they grow, and statements slow down.",
        "Switch autovacuum and track_counts on.",
        command='psql "$DATABASE_URL" -qc "ALTER SYSTEM SET autovacuum = on"'
        ' -qc "ALTER SYSTEM SET track_counts = on" -qc "SELECT pg_reload_conf()"',
    ),
    Advice(
        "archiving_late",
        "warning",
        "Postgres has archived nothing for long: a restore would lose that much.",
        "Look at archive_command, and set archive_timeout to what you may lose.",
        command='psql "$DATABASE_URL" -c "SELECT * FROM pg_stat_archiver"',
    ),
    Advice(
        "archiving_off",
        "notice",
        "Postgres archives no log: a backup restores the moment it was taken, and nothing after.",
        "Set archive_mode and archive_command, unless your provider does this elsewhere.",
    ),
    Advice(
        "clock_skewed",
        "warning",
        "Clocks differ: tokens are refused by other services, and logs cannot be compared.",
        "Let every host keep its time by NTP.",
        command="""date -u && psql "$DATABASE_URL" -Atc "SELECT now() AT TIME ZONE 'UTC'\"""",
    ),
)
