"""The tables of watch: signs of life, the history of readiness, alerts, refused scrapes."""

import peewee
from playhouse.postgres_ext import BinaryJSONField, DateTimeTZField

from ostiary.platform.database import Table


class Heartbeat(Table):
    process = peewee.TextField()
    instance = peewee.TextField()
    since = DateTimeTZField(null=True)
    seen_at = DateTimeTZField()

    class Meta:
        table_name = "heartbeat"
        primary_key = peewee.CompositeKey("process", "instance")


class BeatRun(Table):
    """When beat last asked for an entry of the timetable."""

    entry = peewee.TextField(primary_key=True)
    ran_at = DateTimeTZField()

    class Meta:
        table_name = "beat_run"


class ReadinessRecord(Table):
    id = peewee.UUIDField(primary_key=True)
    checked_at = DateTimeTZField()
    status = peewee.TextField()
    checks = BinaryJSONField(index=False)

    class Meta:
        table_name = "readiness"


class Alert(Table):
    """At most one firing alert a rule: one that is not resolved."""

    id = peewee.UUIDField(primary_key=True)
    rule = peewee.TextField()
    severity = peewee.TextField()
    summary = peewee.TextField()
    fired_at = DateTimeTZField()
    announced_at = DateTimeTZField()
    resolved_at = DateTimeTZField(null=True)
    acknowledged_at = DateTimeTZField(null=True)
    acknowledged_by = peewee.UUIDField(null=True)

    class Meta:
        table_name = "alert"


class Denial(Table):
    """Scrapes that were refused since the row before."""

    id = peewee.UUIDField(primary_key=True)
    at = DateTimeTZField()
    scrapes = peewee.IntegerField()

    class Meta:
        table_name = "denial"


MODELS = (Heartbeat, BeatRun, ReadinessRecord, Alert, Denial)
