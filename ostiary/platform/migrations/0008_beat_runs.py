"""When beat last asked for each entry of its timetable."""

SQL = """
CREATE TABLE beat_run (
    entry text PRIMARY KEY,
    ran_at timestamptz NOT NULL
);
"""
