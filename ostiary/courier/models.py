"""The courier's tables: promises (the outbox), and the channels they go out by."""

import peewee
from playhouse.postgres_ext import BinaryJSONField, DateTimeTZField

from ostiary.platform.database import Table


class Promise(Table):
    """One promise a row; a claimed one (`sending`) falls due again when its lease ends."""

    id = peewee.UUIDField(primary_key=True)
    task = peewee.TextField()
    channel = peewee.TextField()
    event = BinaryJSONField(index=False)
    status = peewee.TextField()
    attempts = peewee.IntegerField(default=0)
    last_error = peewee.TextField(null=True)
    created_at = DateTimeTZField()
    due_at = DateTimeTZField()
    expires_at = DateTimeTZField()
    nudged_at = DateTimeTZField(null=True)
    lease = peewee.UUIDField(null=True)
    finished_at = DateTimeTZField(null=True)
    origin = BinaryJSONField(index=False, null=True)

    class Meta:
        table_name = "outbox"


class Channel(Table):
    name = peewee.TextField(primary_key=True)
    failures = peewee.IntegerField()
    paused_until = DateTimeTZField()
    last_error = peewee.TextField()

    class Meta:
        table_name = "channel"


MODELS = (Promise, Channel)
