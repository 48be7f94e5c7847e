"""The tables of protection: the devices an account is known by."""

import peewee
from playhouse.postgres_ext import DateTimeTZField

from ostiary.platform.database import Table


class Device(Table):
    id = peewee.UUIDField(primary_key=True)
    account_id = peewee.UUIDField()
    token_digest = peewee.BlobField(unique=True)
    created_at = DateTimeTZField()
    revoked_at = DateTimeTZField(null=True)

    class Meta:
        table_name = "device"


MODELS = (Device,)
