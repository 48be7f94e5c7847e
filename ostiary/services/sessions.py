"""The sessions wing, put together."""

from ostiary.platform.encryption import Seal
from ostiary.protection.forgetting import Forgetting
from ostiary.services.accounts import Accounts
from ostiary.services.foundation import Foundation
from ostiary.sessions.access_tokens import AccessTokens
from ostiary.sessions.expiry import Expiry
from ostiary.sessions.keys.keys import Keys
from ostiary.sessions.keys.signing_keys import SigningKeys
from ostiary.sessions.keys.vault import Vault
from ostiary.sessions.login import Login
from ostiary.sessions.new_devices import NewDevices
from ostiary.sessions.password_change import PasswordChange
from ostiary.sessions.refresh_tokens import RefreshTokens
from ostiary.sessions.sessions import Sessions
from ostiary.sessions.tokens import TokenPairs


def open_signing_keys(base: Foundation) -> SigningKeys:
    vault = Vault(base.database, Seal(base.settings.secret_keys), base.now)
    return SigningKeys(vault, base.now)


def open_keys(base: Foundation, signing_keys: SigningKeys) -> Keys:
    return Keys(
        base.database,
        base.outbox,
        signing_keys.vault,
        signing_keys,
        base.now,
        age=base.settings.key_rotation_age,
        token_life=base.settings.access_token_life,
    )


def open_new_devices(base: Foundation) -> NewDevices:
    return NewDevices(
        base.database, base.outbox, base.deliveries, base.letters, base.protection.limits, base.now
    )


def open_expiry(base: Foundation, accounts: Accounts) -> Expiry:
    return Expiry(
        base.database,
        accounts.signing_out,
        accounts.erasure,
        base.protection.devices,
        Forgetting(base.database),
        base.now,
    )


def open_login(
    base: Foundation, accounts: Accounts, sessions: Sessions, new_devices: NewDevices
) -> Login:
    return Login(
        base.database,
        accounts.credentials,
        accounts.verification,
        base.protection.guard,
        base.protection.devices,
        sessions,
        new_devices,
    )


def open_password_change(
    base: Foundation, accounts: Accounts, sessions: Sessions
) -> PasswordChange:
    return PasswordChange(
        database=base.database,
        outbox=base.outbox,
        hashing=base.hashing,
        policy=accounts.policy,
        own_password=accounts.own_password,
        devices=base.protection.devices,
        sessions=sessions,
        now=base.now,
    )


def open_sessions(base: Foundation, accounts: Accounts, signing_keys: SigningKeys) -> Sessions:
    access_tokens = AccessTokens(
        signing_keys,
        base.now,
        issuer=base.settings.public_url,
        audience=base.settings.jwt_audience,
        life=base.settings.access_token_life,
    )
    refresh_tokens = RefreshTokens(
        base.database,
        base.now,
        life=base.settings.refresh_token_life,
        grace=base.settings.refresh_grace,
    )
    return Sessions(
        database=base.database,
        outbox=base.outbox,
        signing_out=accounts.signing_out,
        tokens=TokenPairs(access_tokens, refresh_tokens, base.now),
        now=base.now,
        life=base.settings.session_life,
        most=base.settings.sessions_per_account,
    )
