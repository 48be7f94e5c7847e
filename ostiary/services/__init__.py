"""The composition root: settings become the wings, each collaborator named once."""

from dataclasses import dataclass

from ostiary.accounts.administration import Administration
from ostiary.accounts.correspondence import Correspondence
from ostiary.accounts.directory import Directory
from ostiary.accounts.letter_tokens import LetterTokens
from ostiary.accounts.profiles import Profiles
from ostiary.accounts.recovery import Recovery
from ostiary.accounts.registration import Registration
from ostiary.accounts.unlocking import Unlocking
from ostiary.accounts.verification import Verification
from ostiary.courier.messages import Messages
from ostiary.courier.outbox import Nudge, Outbox
from ostiary.courier.promises import Promises
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.settings import Settings
from ostiary.services import accounts, courier, watch
from ostiary.services import sessions as comings
from ostiary.services.alerts import Alerting, open_alerting
from ostiary.services.audit import Auditing, open_auditing
from ostiary.services.foundation import MODELS, lay_foundation
from ostiary.services.protection import Protection
from ostiary.sessions.disabling import Disabling
from ostiary.sessions.expiry import Expiry
from ostiary.sessions.keys.keys import Keys
from ostiary.sessions.keys.signing_keys import SigningKeys
from ostiary.sessions.login import Login
from ostiary.sessions.password_change import PasswordChange
from ostiary.sessions.refresh import Refresh
from ostiary.sessions.restoring import Restoring
from ostiary.sessions.sessions import Sessions
from ostiary.watch.heartbeats import Heartbeats
from ostiary.watch.history import History
from ostiary.watch.metrics_guard import MetricsGuard
from ostiary.watch.readiness import Readiness
from ostiary.watch.records import Records
from ostiary.watch.scrape import Scrape
from ostiary.watch.watchdog import Chore, Watchdog

__all__ = ["MODELS", "Services", "open_services"]


@dataclass(frozen=True)
class Services:
    """Everything one process can ask of Ostiary; opened after a fork, never before."""

    database: Database
    outbox: Outbox
    promises: Promises
    registration: Registration
    verification: Verification
    profiles: Profiles
    administration: Administration
    directory: Directory
    disabling: Disabling
    correspondence: Correspondence
    messages: Messages
    login: Login
    refresh: Refresh
    sessions: Sessions
    signing_keys: SigningKeys
    keys: Keys
    expiry: Expiry
    heartbeats: Heartbeats
    readiness: Readiness
    records: Records
    alerting: Alerting
    auditing: Auditing
    watchdog: Watchdog
    history: History
    metrics_guard: MetricsGuard
    scrape: Scrape
    protection: Protection
    unlocking: Unlocking
    recovery: Recovery
    password_change: PasswordChange
    letter_tokens: LetterTokens
    restoring: Restoring

    def close(self) -> None:
        self.readiness.stop()
        self.database.close()


def open_services(settings: Settings, *, nudge: Nudge, now: Clock | None = None) -> Services:
    """Connects to nothing yet, so it may be called before any dependency is up."""
    base = lay_foundation(settings, nudge=nudge, now=now)
    database, outbox, now = base.database, base.outbox, base.now
    registration = accounts.open_registration(base)
    verification = accounts.open_verification(base)
    unlocking, recovery = accounts.open_unlocking(base), accounts.open_recovery(base)
    new_devices = comings.open_new_devices(base)
    heartbeats = Heartbeats(database, now)
    readiness = watch.open_readiness(base, heartbeats)
    records = Records(database, readiness, now)
    alerting = open_alerting(base, heartbeats, readiness)
    auditing = open_auditing(base)
    chores = (Chore("history", records.complete), *alerting.chores())
    promises = courier.open_promises(
        base,
        courier.Keepers(
            registration=registration,
            verification=verification,
            unlocking=unlocking,
            recovery=recovery,
            new_devices=new_devices,
            notices=alerting.notices,
        ),
    )
    signing_keys = comings.open_signing_keys(base)
    sessions = comings.open_sessions(base, signing_keys)
    administration = accounts.open_administration(base)
    protection, keys = base.protection, comings.open_keys(base, signing_keys)
    return Services(
        database=database,
        outbox=outbox,
        promises=promises,
        registration=registration,
        verification=verification,
        profiles=accounts.open_profiles(base),
        administration=administration,
        directory=Directory(database, now),
        correspondence=Correspondence(database),
        messages=Messages(database, outbox, now),
        disabling=Disabling(database, outbox, administration, now),
        login=comings.open_login(base, sessions, new_devices),
        refresh=Refresh(database, outbox, protection.devices, sessions.tokens, now),
        sessions=sessions,
        signing_keys=signing_keys,
        keys=keys,
        expiry=Expiry(database, protection.devices, now),
        heartbeats=heartbeats,
        readiness=readiness,
        records=records,
        alerting=alerting,
        auditing=auditing,
        watchdog=Watchdog(database, promises, heartbeats, chores, upkeep=(auditing.chore(),)),
        history=watch.open_history(base, heartbeats, records, alerting.alerts, auditing.retention),
        metrics_guard=watch.open_metrics_guard(base),
        scrape=watch.open_scrape(base, readiness),
        protection=protection,
        unlocking=unlocking,
        recovery=recovery,
        password_change=comings.open_password_change(base, sessions),
        letter_tokens=LetterTokens(database, now),
        restoring=comings.open_restoring(base, keys),
    )
