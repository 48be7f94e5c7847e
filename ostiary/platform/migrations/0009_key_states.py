"""From when a signing key has a successor, and until when its tokens are believed."""

SQL = """
ALTER TABLE signing_key
    ADD COLUMN retiring_at timestamptz,
    ADD COLUMN gone_at timestamptz;
"""
