"""What nothing reads any more since migrations 0015 and 0016: four tables and a column go."""

SQL = """
DROP TABLE verification_token, unlock_token, reset_token, claim;
ALTER TABLE account DROP COLUMN signed_out_at;
"""
