"""What is wrong with the audit, and what helps."""

from ostiary.doctor.finding import Advice

AUDIT = (
    Advice(
        "audit_disturbed",
        "critical",
        "Somebody has changed, removed or inserted one of the newest entries of the audit.",
        "Find out who may write to Postgres; what was written stands in a backup.",
        command="ostiary audit verify",
    ),
    Advice(
        "audit_unproven",
        "warning",
        "Nobody vouches for all of the audit: its chain was broken, or its secret is missing.",
        "Put a secret back that left SECRET_KEYS too early; if none did, somebody wrote to it.",
        command="ostiary audit verify",
    ),
)
