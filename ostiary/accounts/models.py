"""The tables of accounts: accounts, what precedes them, the tokens of letters, and what is left."""

import peewee
from playhouse.postgres_ext import ArrayField, DateTimeTZField

from ostiary.platform.database import Table


class Account(Table):
    id = peewee.UUIDField(primary_key=True)
    email = peewee.TextField()
    email_key = peewee.TextField(unique=True)
    display_name = peewee.TextField(null=True)
    locale = peewee.TextField(null=True)
    # Empty while its owner has not chosen one: no password fits.
    password_hash = peewee.TextField()
    roles = ArrayField(peewee.TextField, index=False)
    created_at = DateTimeTZField()
    email_verified_at = DateTimeTZField(null=True)
    last_login_at = DateTimeTZField(null=True)
    disabled_at = DateTimeTZField(null=True)
    password_changed_at = DateTimeTZField(null=True)
    # Sessions of an earlier epoch are over; those before `swept_epoch` say so themselves.
    session_epoch = peewee.IntegerField(default=0)
    swept_epoch = peewee.IntegerField(default=0)

    class Meta:
        table_name = "account"


class PendingRegistration(Table):
    """A registration of an email that has no proven account; `client` is where it came from."""

    id = peewee.UUIDField(primary_key=True)
    email = peewee.TextField()
    email_key = peewee.TextField()
    display_name = peewee.TextField(null=True)
    locale = peewee.TextField(null=True)
    password_hash = peewee.TextField()
    client = peewee.TextField(null=True)
    created_at = DateTimeTZField()

    class Meta:
        table_name = "pending_registration"


class LetterToken(Table):
    """The token of a letter to `email`, kept as a digest; `used_at` is also set when it is void."""

    digest = peewee.BlobField(primary_key=True)
    purpose = peewee.TextField()
    email = peewee.TextField()
    email_key = peewee.TextField()
    account = peewee.ForeignKeyField(Account, null=True, on_delete="CASCADE")
    lockout_id = peewee.UUIDField(null=True)
    expires_at = DateTimeTZField()
    used_at = DateTimeTZField(null=True)

    class Meta:
        table_name = "letter_token"


class ErasedAccount(Table):
    """A deleted account whose sessions, devices and attempts have not been swept yet."""

    id = peewee.UUIDField(primary_key=True)
    email_key = peewee.TextField()
    erased_at = DateTimeTZField()

    class Meta:
        table_name = "erased_account"


MODELS = (Account, PendingRegistration, LetterToken, ErasedAccount)
