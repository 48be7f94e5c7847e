"""The accounts wing, put together."""

from urllib.parse import urlsplit

from ostiary.accounts.addresses import Addresses
from ostiary.accounts.administration import Administration
from ostiary.accounts.credentials import Credentials
from ostiary.accounts.erasure import Erasure
from ostiary.accounts.own_password import OwnPassword
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.accounts.profiles import Profiles
from ostiary.accounts.recovery import Recovery
from ostiary.accounts.registration import Registration
from ostiary.accounts.unlocking import Unlocking
from ostiary.accounts.verification import Verification
from ostiary.protection.memories import Memories
from ostiary.services.foundation import Foundation


def open_registration(base: Foundation) -> Registration:
    return Registration(
        database=base.database,
        outbox=base.outbox,
        deliveries=base.deliveries,
        letters=base.letters,
        hashing=base.hashing,
        addresses=_addresses(base),
        policy=open_policy(base),
        limits=base.protection.limits,
        now=base.now,
        letter_life=base.settings.verification_token_life,
        verification_required=base.settings.email_verification_required,
    )


def open_verification(base: Foundation) -> Verification:
    return Verification(
        database=base.database,
        outbox=base.outbox,
        deliveries=base.deliveries,
        letters=base.letters,
        limits=base.protection.limits,
        now=base.now,
        token_life=base.settings.verification_token_life,
    )


def open_credentials(base: Foundation) -> Credentials:
    return Credentials(
        base.database,
        base.hashing,
        base.now,
        proof_required=base.settings.email_verification_required,
    )


def open_profiles(base: Foundation) -> Profiles:
    return Profiles(base.database, open_own_password(base), open_erasure(base))


def open_own_password(base: Foundation) -> OwnPassword:
    return OwnPassword(base.database, base.hashing, base.protection.guard, base.now)


def open_erasure(base: Foundation) -> Erasure:
    return Erasure(base.database, base.outbox, Memories(base.database))


def open_recovery(base: Foundation) -> Recovery:
    return Recovery(
        database=base.database,
        outbox=base.outbox,
        deliveries=base.deliveries,
        letters=base.letters,
        hashing=base.hashing,
        policy=open_policy(base),
        devices=base.protection.devices,
        lockouts=base.protection.lockouts,
        limits=base.protection.limits,
        now=base.now,
        token_life=base.settings.reset_token_life,
    )


def open_unlocking(base: Foundation) -> Unlocking:
    return Unlocking(
        database=base.database,
        outbox=base.outbox,
        deliveries=base.deliveries,
        letters=base.letters,
        devices=base.protection.devices,
        now=base.now,
        token_life=base.settings.unlock_token_life,
    )


def open_administration(base: Foundation) -> Administration:
    return Administration(
        database=base.database,
        outbox=base.outbox,
        hashing=base.hashing,
        addresses=_addresses(base),
        policy=open_policy(base),
        lockouts=base.protection.lockouts,
        erasure=open_erasure(base),
        now=base.now,
    )


def open_policy(base: Foundation) -> PasswordPolicy:
    host = urlsplit(base.settings.public_url).hostname or ""
    return PasswordPolicy(base.settings.password_min_length, (base.settings.app_name, host))


def _addresses(base: Foundation) -> Addresses:
    return Addresses(strict=base.settings.app_env == "production")
