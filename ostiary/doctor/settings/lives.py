"""How long things live by the settings, and whether these lives fit together."""

from collections.abc import Iterator
from datetime import timedelta

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.doctor.words import lasting
from ostiary.platform.settings import Settings

LONGEST_ACCESS = timedelta(minutes=60)
LONGEST_GRACE = timedelta(seconds=60)
LONGEST_ROTATION = timedelta(days=90)
LONGEST_LINKS = {
    "AUTH_RESET_TOKEN_MINUTES": timedelta(days=1),
    "AUTH_VERIFICATION_TOKEN_MINUTES": timedelta(days=7),
    "AUTH_UNLOCK_TOKEN_MINUTES": timedelta(days=7),
}


def look(site: Site) -> Iterator[Finding]:
    yield from too_long(site.settings)
    yield from links(site.settings)
    yield from contradictions(site.settings)


def too_long(settings: Settings) -> Iterator[Finding]:
    access, grace = settings.access_token_life, settings.refresh_grace
    if access > LONGEST_ACCESS:
        yield Finding("access_token_long", f"Access tokens live for {lasting(access)}.")
    if grace > LONGEST_GRACE:
        yield Finding("refresh_grace_long", f"AUTH_REFRESH_GRACE_SECONDS is {lasting(grace)}.")
    if settings.key_rotation_age > LONGEST_ROTATION:
        age = lasting(settings.key_rotation_age)
        yield Finding("key_rotation_rare", f"Keys are replaced after {age}.")


def links(settings: Settings) -> Iterator[Finding]:
    lives = {
        "AUTH_RESET_TOKEN_MINUTES": settings.reset_token_life,
        "AUTH_VERIFICATION_TOKEN_MINUTES": settings.verification_token_life,
        "AUTH_UNLOCK_TOKEN_MINUTES": settings.unlock_token_life,
    }
    if long := {name: life for name, life in lives.items() if life > LONGEST_LINKS[name]}:
        said = ", ".join(f"{name} is {lasting(life)}" for name, life in long.items())
        yield Finding("links_live_long", f"{said}.")


def contradictions(settings: Settings) -> Iterator[Finding]:
    access, refresh = settings.access_token_life, settings.refresh_token_life
    if access >= refresh:
        yield Finding(
            "lives_contradict", "A refresh token expires no later than the access token beside it."
        )
    if refresh > settings.session_life:
        yield Finding("lives_contradict", "AUTH_REFRESH_TOKEN_DAYS is more than AUTH_SESSION_DAYS.")
    if access >= settings.key_rotation_age:
        yield Finding("lives_contradict", "Access tokens live longer than the keys that sign them.")
    if settings.refresh_grace >= refresh:
        yield Finding("lives_contradict", "AUTH_REFRESH_GRACE_SECONDS outlasts a refresh token.")
