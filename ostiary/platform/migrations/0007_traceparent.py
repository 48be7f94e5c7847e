"""Where a promise comes from: the id and the trace (`traceparent`) of the request."""

SQL = """
ALTER TABLE outbox ADD COLUMN origin jsonb;
"""
