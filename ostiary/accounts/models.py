"""The tables of accounts: accounts, claims to an address, and the tokens of letters."""

import peewee
from playhouse.postgres_ext import ArrayField, DateTimeTZField

from ostiary.platform.database import Table


class Account(Table):
    id = peewee.UUIDField(primary_key=True)
    email = peewee.TextField()
    email_key = peewee.TextField(unique=True)
    display_name = peewee.TextField(null=True)
    password_hash = peewee.TextField()
    roles = ArrayField(peewee.TextField, index=False)
    created_at = DateTimeTZField()
    email_verified_at = DateTimeTZField(null=True)
    last_login_at = DateTimeTZField(null=True)
    disabled_at = DateTimeTZField(null=True)
    # Sessions begun before this moment are over.
    signed_out_at = DateTimeTZField(null=True)
    password_changed_at = DateTimeTZField(null=True)

    class Meta:
        table_name = "account"


class Claim(Table):
    """One registration of an address that was not proven yet, with the password it came with."""

    id = peewee.UUIDField(primary_key=True)
    account = peewee.ForeignKeyField(Account, null=True, on_delete="CASCADE")
    email = peewee.TextField()
    email_key = peewee.TextField()
    display_name = peewee.TextField(null=True)
    password_hash = peewee.TextField()
    created_at = DateTimeTZField()
    confirmed_at = DateTimeTZField(null=True)

    class Meta:
        table_name = "claim"


class VerificationToken(Table):
    digest = peewee.BlobField(primary_key=True)
    claim = peewee.ForeignKeyField(Claim, on_delete="CASCADE")
    expires_at = DateTimeTZField()
    used_at = DateTimeTZField(null=True)

    class Meta:
        table_name = "verification_token"


class UnlockToken(Table):
    digest = peewee.BlobField(primary_key=True)
    lockout_id = peewee.UUIDField()
    account = peewee.ForeignKeyField(Account, on_delete="CASCADE")
    expires_at = DateTimeTZField()
    used_at = DateTimeTZField(null=True)

    class Meta:
        table_name = "unlock_token"


class ResetToken(Table):
    """For an address; `account_id` is None where it was only claimed when the letter went out."""

    digest = peewee.BlobField(primary_key=True)
    email_key = peewee.TextField()
    account = peewee.ForeignKeyField(Account, null=True, on_delete="CASCADE")
    expires_at = DateTimeTZField()
    used_at = DateTimeTZField(null=True)

    class Meta:
        table_name = "reset_token"


MODELS = (Account, Claim, VerificationToken, UnlockToken, ResetToken)
