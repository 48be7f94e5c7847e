"""Expiry: sessions and refresh tokens that are over are forgotten after a while."""

from dataclasses import dataclass
from datetime import timedelta

from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.sweeping import sweep
from ostiary.protection.devices import Devices

# Until then a stolen token that is tried again is still recognised as a reused one.
REMEMBERED = timedelta(days=7)

EXPIRED_TOKENS = """
DELETE FROM refresh_token WHERE digest IN (
    SELECT digest FROM refresh_token WHERE expires_at < %(before)s
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
# A session may have thousands of them, so they go before it does, in batches of their own.
ENDED_TOKENS = """
DELETE FROM refresh_token WHERE digest IN (
    SELECT token.digest FROM session JOIN refresh_token AS token ON token.session_id = session.id
    WHERE session.ended_at < %(before)s LIMIT %(limit)s FOR UPDATE OF token SKIP LOCKED)
"""
EXPIRED_SESSIONS = """
DELETE FROM session WHERE id IN (
    SELECT id FROM session WHERE expires_at < %(before)s
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
ENDED_SESSIONS = """
DELETE FROM session WHERE id IN (
    SELECT id FROM session WHERE ended_at < %(before)s
    ORDER BY ended_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Expiry:
    database: Database
    devices: Devices
    now: Clock

    def expire_sessions(self) -> int:
        """The number of rows that went, devices that nobody uses any more among them."""
        before = self.now() - REMEMBERED
        statements = (EXPIRED_TOKENS, ENDED_TOKENS, EXPIRED_SESSIONS, ENDED_SESSIONS)
        swept = sum(sweep(self.database, each, before=before) for each in statements)
        return swept + self.devices.expire()
