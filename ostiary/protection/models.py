"""The tables of protection: known devices, attempts, the locks that follow, and rate limits."""

import peewee
from playhouse.postgres_ext import DateTimeTZField

from ostiary.platform.database import Table


class Device(Table):
    """`revoked_at` is written by the release before alone: a device that ends is deleted."""

    id = peewee.UUIDField(primary_key=True)
    account_id = peewee.UUIDField()
    token_digest = peewee.BlobField(unique=True)
    created_at = DateTimeTZField()
    revoked_at = DateTimeTZField(null=True)
    last_seen_at = DateTimeTZField(null=True)
    user_agent = peewee.TextField(default="")

    class Meta:
        table_name = "device"


class Attempt(Table):
    """A password that was tried; `spent` ones belong to a lock, `forgiven` ones count no more.

    `client` is an IPv4 address or a /64; only the latter is in a /56 and a /48 besides.
    """

    id = peewee.UUIDField(primary_key=True)
    subject = peewee.TextField()
    client = peewee.TextField()
    network_56 = peewee.TextField(null=True)
    network_48 = peewee.TextField(null=True)
    at = DateTimeTZField()
    verdict = peewee.TextField()
    rule = peewee.TextField(null=True)

    class Meta:
        table_name = "attempt"


class Lockout(Table):
    """In force until `locked_until` unless it was released before, or somebody deletes the row."""

    id = peewee.UUIDField(primary_key=True)
    subject = peewee.TextField()
    email = peewee.TextField()
    account_id = peewee.UUIDField(null=True)
    client = peewee.TextField()
    failures = peewee.IntegerField()
    repeats = peewee.IntegerField()
    locked_at = DateTimeTZField()
    locked_until = DateTimeTZField()
    released_at = DateTimeTZField(null=True)
    released_by = peewee.TextField(null=True)

    class Meta:
        table_name = "lockout"


class RateLimit(Table):
    key = peewee.TextField(primary_key=True)
    used = peewee.IntegerField()
    resets_at = DateTimeTZField()

    class Meta:
        table_name = "rate_limit"


MODELS = (Device, Attempt, Lockout, RateLimit)
