"""The tables of the audit: entries, which of them wait for the chain, the chain, and its head."""

import peewee
from playhouse.postgres_ext import BinaryJSONField, DateTimeTZField

from ostiary.platform.database import Table


class AuditEntry(Table):
    """Written once and never changed; partitioned by month."""

    id = peewee.UUIDField()
    at = DateTimeTZField()
    event = peewee.TextField()
    account_id = peewee.UUIDField(null=True)
    actor_id = peewee.UUIDField(null=True)
    ip = peewee.TextField(null=True)
    request_id = peewee.TextField(null=True)
    detail = BinaryJSONField(index=False)
    key_id = peewee.TextField()
    mac = peewee.BlobField()

    class Meta:
        table_name = "audit"
        primary_key = peewee.CompositeKey("id", "at")


class AuditWaiting(Table):
    """Entries that are not in the chain yet."""

    id = peewee.UUIDField(primary_key=True)
    at = DateTimeTZField()

    class Meta:
        table_name = "audit_waiting"


class AuditLink(Table):
    """The chain, in the order in which entries were sealed, without gaps."""

    seq = peewee.BigIntegerField(primary_key=True)
    entry_id = peewee.UUIDField()
    entry_at = DateTimeTZField()
    digest = peewee.BlobField()

    class Meta:
        table_name = "audit_link"


class AuditHead(Table):
    """One row: where the chain begins and ends, sealed by the operator's secret."""

    id = peewee.SmallIntegerField(primary_key=True)
    first_seq = peewee.BigIntegerField()
    first_at = DateTimeTZField(null=True)
    vouched_seq = peewee.BigIntegerField()
    vouched_hash = peewee.BlobField()
    last_seq = peewee.BigIntegerField()
    last_hash = peewee.BlobField()
    sealed_at = DateTimeTZField()
    key_id = peewee.TextField()
    mac = peewee.BlobField()

    class Meta:
        table_name = "audit_head"


MODELS = (AuditEntry, AuditWaiting, AuditLink, AuditHead)
