"""The tables of sessions: sessions, their refresh tokens, and the keys that sign."""

import peewee
from playhouse.postgres_ext import BinaryJSONField, DateTimeTZField

from ostiary.platform.database import Table


class Session(Table):
    id = peewee.UUIDField(primary_key=True)
    account_id = peewee.UUIDField()
    device_id = peewee.UUIDField(null=True)
    # Over once its account has a later one.
    epoch = peewee.IntegerField(default=0)
    # Access tokens with a smaller `jti` are void.
    first_jti = peewee.UUIDField(null=True)
    created_at = DateTimeTZField()
    last_seen_at = DateTimeTZField()
    expires_at = DateTimeTZField()
    ended_at = DateTimeTZField(null=True)
    ip = peewee.TextField()
    user_agent = peewee.TextField()

    class Meta:
        table_name = "session"


class RefreshToken(Table):
    """`sealed` opens only with the token itself: the device token, and the successor once used."""

    digest = peewee.BlobField(primary_key=True)
    session = peewee.ForeignKeyField(Session, on_delete="CASCADE")
    issued_at = DateTimeTZField()
    expires_at = DateTimeTZField()
    used_at = DateTimeTZField(null=True)
    sealed = peewee.BlobField()

    class Meta:
        table_name = "refresh_token"


class SigningKey(Table):
    kid = peewee.TextField(primary_key=True)
    public_jwk = BinaryJSONField(index=False)
    sealed_private_key = peewee.BlobField()
    published_at = DateTimeTZField()
    active_at = DateTimeTZField()
    retiring_at = DateTimeTZField(null=True)
    gone_at = DateTimeTZField(null=True)

    class Meta:
        table_name = "signing_key"


MODELS = (Session, RefreshToken, SigningKey)
