"""Expiry: sessions, refresh tokens and what deleted accounts left are forgotten after a while."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ostiary.accounts.erasure import Erased, Erasure
from ostiary.accounts.signing_out import SigningOut, Unswept
from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.protection.devices import Devices
from ostiary.protection.forgetting import Forgetting

# Until then a stolen token that is tried again is still recognised as a reused one.
REMEMBERED = timedelta(days=7)
ACCOUNTS_A_RUN = 1000

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
# Sessions of an earlier epoch are over, and say so themselves from now on.
NOTE_ENDED = """
UPDATE session SET ended_at = %(now)s WHERE id IN (
    SELECT id FROM session
    WHERE account_id = %(account_id)s AND ended_at IS NULL AND epoch < %(epoch)s
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
ERASED_TOKENS = """
DELETE FROM refresh_token WHERE digest IN (
    SELECT token.digest FROM session JOIN refresh_token AS token ON token.session_id = session.id
    WHERE session.account_id = %(account_id)s LIMIT %(limit)s FOR UPDATE OF token SKIP LOCKED)
"""
ERASED_SESSIONS = """
DELETE FROM session WHERE id IN (
    SELECT id FROM session WHERE account_id = %(account_id)s
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Expiry:
    database: Database
    signing_out: SigningOut
    erasure: Erasure
    devices: Devices
    forgetting: Forgetting
    now: Clock

    def expire_sessions(self) -> int:
        """The number of rows that were touched, all in small batches.

        Devices that nobody uses any more, and the rows of deleted accounts, are among them.
        """
        before = self.now() - REMEMBERED
        statements = (EXPIRED_TOKENS, ENDED_TOKENS, EXPIRED_SESSIONS, ENDED_SESSIONS)
        noted = sum(map(self._note_ended, self.signing_out.unswept(limit=ACCOUNTS_A_RUN)))
        erased = sum(map(self._erase, self.erasure.unswept(limit=ACCOUNTS_A_RUN)))
        swept = sum(self._sweep(each, before=before) for each in statements)
        return noted + erased + swept + self.devices.expire()

    def _note_ended(self, account: Unswept) -> int:
        noted = self._sweep(NOTE_ENDED, now=self.now(), **account._asdict())
        if not noted:
            self.signing_out.note_swept(account)
        return noted

    def _erase(self, erased: Erased) -> int:
        """What hangs on devices goes before they do; done once a whole pass finds nothing."""
        forgotten = self.forgetting.forget(
            erased.id, email_key=erased.email_key, before=erased.erased_at
        )
        forgotten += self._sweep(ERASED_TOKENS, account_id=erased.id)
        forgotten += self._sweep(ERASED_SESSIONS, account_id=erased.id)
        if not forgotten:
            self.erasure.note_swept(erased)
        return forgotten

    def _sweep(self, statement: str, **params: Any) -> int:
        return sweep(self.database, statement, **params)
