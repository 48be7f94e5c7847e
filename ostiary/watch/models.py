"""The tables of watch: signs of life, and the history of readiness."""

import peewee
from playhouse.postgres_ext import BinaryJSONField, DateTimeTZField

from ostiary.platform.database import Table


class Heartbeat(Table):
    process = peewee.TextField()
    instance = peewee.TextField()
    seen_at = DateTimeTZField()

    class Meta:
        table_name = "heartbeat"
        primary_key = peewee.CompositeKey("process", "instance")


class ReadinessRecord(Table):
    id = peewee.UUIDField(primary_key=True)
    checked_at = DateTimeTZField()
    status = peewee.TextField()
    checks = BinaryJSONField(index=False)

    class Meta:
        table_name = "readiness"


MODELS = (Heartbeat, ReadinessRecord)
