"""The wider networks of an IPv6 client, so that what its neighbours guess counts together."""

SQL = """
ALTER TABLE attempt ADD COLUMN network_56 text, ADD COLUMN network_48 text;
CREATE INDEX attempt_network_48 ON attempt (network_48, at)
    WHERE network_48 IS NOT NULL AND verdict IN ('pending', 'wrong', 'spent');
"""
