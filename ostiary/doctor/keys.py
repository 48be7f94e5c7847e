"""Signing keys: how old they are, and whether the secrets open them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.doctor.words import lasting, several
from ostiary.platform.encryption import Seal
from ostiary.sessions.keys.key import Key, state_of
from ostiary.sessions.keys.vault import Vault

# Rotation is a daily task.
GRACE = timedelta(days=2)


def look(site: Site) -> Iterator[Finding]:
    settings, now = site.settings, site.now()
    with site.postgres() as database:
        vault = Vault(database, Seal(settings.secret_keys), site.now)
        keys = vault.valid()
    yield from closed(keys, vault)
    yield from sealed_by_older(keys, vault)
    yield from old(keys, now, settings.key_rotation_age)
    yield from ending_early(keys, settings.access_token_life)


def closed(keys: list[Key], vault: Vault) -> Iterator[Finding]:
    shut = [key for key in keys if vault.open(key) is None]
    if shut:
        id = "signing_keys_closed" if len(shut) == len(keys) else "signing_key_closed"
        yield Finding(id, f"{len(shut)} of {len(keys)}: {_names(shut)}.")


def sealed_by_older(keys: Iterable[Key], vault: Vault) -> Iterator[Finding]:
    found = [
        key for key in keys if vault.open(key) and not vault.seal.is_newest(key.sealed_private_key)
    ]
    if found:
        yield Finding("signing_key_sealed_by_older", f"Sealed by another: {_names(found)}.")


def old(keys: Iterable[Key], now: datetime, age: timedelta) -> Iterator[Finding]:
    for key in keys:
        if state_of(key, now) == "active" and now - key.active_at > age + GRACE:
            since = lasting(now - key.active_at)
            yield Finding(
                "signing_key_old", f"It has signed for {since}; {lasting(age)} are intended."
            )


def ending_early(keys: Iterable[Key], token_life: timedelta) -> Iterator[Finding]:
    found = [
        key
        for key in keys
        if key.retiring_at and key.gone_at and key.gone_at < key.retiring_at + token_life
    ]
    if found:
        yield Finding("signing_key_ends_early", f"Before its time: {_names(found)}.")


def _names(keys: Iterable[Key]) -> str:
    return several(key.kid for key in keys)
