"""Flower: configured by our settings alone, for looking and not for touching."""

import os

from ostiary.platform.settings import Settings

PREFIX = "FLOWER_"


def configure_flower(settings: Settings) -> None:
    """Without basic auth Flower is open to whoever reaches it, so only this machine may."""
    from flower.options import options  # type: ignore[import-untyped]

    # Flower would read these itself, and by other rules than ours.
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    options.logging = "none"
    options.read_only = True
    options.max_tasks = 10_000
    options.port = settings.flower_port
    options.basic_auth = [settings.flower_basic_auth] if settings.flower_basic_auth else []
    options.address = "" if settings.flower_basic_auth else "127.0.0.1"
