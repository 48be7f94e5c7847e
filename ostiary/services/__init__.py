"""The composition root: settings become the wings, each collaborator named once."""

from dataclasses import dataclass

from ostiary.accounts.correspondence import Correspondence
from ostiary.courier.messages import Messages
from ostiary.courier.outbox import Nudge, Outbox
from ostiary.courier.promises import Promises
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.settings import Settings
from ostiary.services import courier, watch
from ostiary.services import sessions as comings
from ostiary.services.accounts import Accounts
from ostiary.services.alerts import Alerting, open_alerting
from ostiary.services.audit import Auditing, open_auditing
from ostiary.services.foundation import MODELS, lay_foundation
from ostiary.services.protection import Protection
from ostiary.sessions.after_restore import Restoring
from ostiary.sessions.expiry import Expiry
from ostiary.sessions.keys.keys import Keys
from ostiary.sessions.keys.signing_keys import SigningKeys
from ostiary.sessions.login import Login
from ostiary.sessions.password_change import PasswordChange
from ostiary.sessions.refresh import Refresh
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
    accounts: Accounts
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
    password_change: PasswordChange
    restoring: Restoring

    def close(self) -> None:
        self.readiness.stop()
        self.database.close()


def open_services(settings: Settings, *, nudge: Nudge, now: Clock | None = None) -> Services:
    """Connects to nothing yet, so it may be called before any dependency is up."""
    base = lay_foundation(settings, nudge=nudge, now=now)
    database, outbox, now = base.database, base.outbox, base.now
    accounts = Accounts(base)
    new_devices = comings.open_new_devices(base)
    heartbeats = Heartbeats(database, now)
    readiness = watch.open_readiness(base, heartbeats)
    records = Records(database, readiness, now)
    alerting = open_alerting(base, heartbeats, readiness)
    auditing = open_auditing(base)
    chores = (Chore("history", records.complete), *alerting.chores())
    promises = courier.open_promises(base, accounts, new_devices, alerting.notices)
    signing_keys = comings.open_signing_keys(base)
    sessions = comings.open_sessions(base, accounts, signing_keys)
    protection, keys = base.protection, comings.open_keys(base, signing_keys)
    return Services(
        database=database,
        outbox=outbox,
        promises=promises,
        accounts=accounts,
        correspondence=Correspondence(database),
        messages=Messages(database, outbox, now),
        login=comings.open_login(base, accounts, sessions, new_devices),
        refresh=Refresh(database, outbox, protection.devices, sessions.tokens, now),
        sessions=sessions,
        signing_keys=signing_keys,
        keys=keys,
        expiry=comings.open_expiry(base, accounts),
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
        password_change=comings.open_password_change(base, accounts, sessions),
        restoring=Restoring(database, outbox, accounts.tokens, keys, now),
    )
