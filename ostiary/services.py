"""The composition root: settings become the wings, each collaborator named once."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from ostiary.accounts import models as accounts
from ostiary.accounts.addresses import Addresses
from ostiary.accounts.credentials import Credentials
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.accounts.profiles import Profiles
from ostiary.accounts.registration import Registration
from ostiary.accounts.verification import Verification
from ostiary.courier import models as courier
from ostiary.courier.channels import Channels
from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letters
from ostiary.courier.outbox import Nudge, Outbox
from ostiary.courier.promises import Promises
from ostiary.courier.smtp import Smtp
from ostiary.platform.clock import Clock, system_clock
from ostiary.platform.database import Database, open_database
from ostiary.platform.hashing import open_hashing
from ostiary.platform.redis import connect_redis
from ostiary.platform.sealing import seal_of
from ostiary.platform.settings import Settings
from ostiary.protection import models as protection
from ostiary.protection.devices import Devices
from ostiary.reactions import REACTIONS
from ostiary.sessions import models as sessions_models
from ostiary.sessions.access_tokens import AccessTokens
from ostiary.sessions.expiry import Expiry
from ostiary.sessions.login import Login
from ostiary.sessions.refresh import Refresh
from ostiary.sessions.refresh_tokens import RefreshTokens
from ostiary.sessions.sessions import Sessions
from ostiary.sessions.signing_keys import SigningKeys
from ostiary.watch import models as watch
from ostiary.watch.checks import Checks
from ostiary.watch.heartbeats import Heartbeats
from ostiary.watch.history import History
from ostiary.watch.readiness import Readiness
from ostiary.watch.watchdog import Watchdog

MODELS = (
    *accounts.MODELS,
    *protection.MODELS,
    *sessions_models.MODELS,
    *courier.MODELS,
    *watch.MODELS,
)


@dataclass(frozen=True)
class Services:
    """Everything one process can ask of Ostiary; opened after a fork, never before."""

    database: Database
    outbox: Outbox
    promises: Promises
    registration: Registration
    verification: Verification
    profiles: Profiles
    login: Login
    refresh: Refresh
    sessions: Sessions
    signing_keys: SigningKeys
    expiry: Expiry
    heartbeats: Heartbeats
    readiness: Readiness
    watchdog: Watchdog
    history: History

    def close(self) -> None:
        self.readiness.stop()
        self.database.close()


def open_services(settings: Settings, *, nudge: Nudge, now: Clock = system_clock) -> Services:
    """Connects to nothing yet, so it may be called before any dependency is up."""
    database = open_database(settings.database_url)
    database.bind(MODELS, bind_refs=False, bind_backrefs=False)
    host = urlsplit(settings.public_url).hostname or ""
    smtp = Smtp(settings.smtp, name=host) if settings.smtp else None
    outbox = Outbox(database, REACTIONS, nudge, now)
    deliveries = Deliveries(smtp)
    letters = Letters(settings.mail_from, settings.public_url, now)
    hashing = open_hashing(settings.password_hash)
    devices = Devices(database, now)

    registration = Registration(
        database=database,
        outbox=outbox,
        deliveries=deliveries,
        letters=letters,
        hashing=hashing,
        addresses=Addresses(strict=settings.app_env == "production"),
        policy=PasswordPolicy(settings.password_min_length),
        now=now,
        letter_life=settings.verification_token_life,
        verification_required=settings.email_verification_required,
    )
    verification = Verification(
        database=database,
        outbox=outbox,
        deliveries=deliveries,
        letters=letters,
        now=now,
        token_life=settings.verification_token_life,
    )
    promises = Promises(
        database=database,
        channels=Channels(database, now),
        keepers={
            "tasks.mail.send_verification_email": verification.send_verification_email,
            "tasks.mail.send_already_registered_email": registration.send_already_registered_email,
        },
        now=now,
    )

    signing_keys = SigningKeys(database, seal_of(settings.secret_keys), now)
    refresh_tokens = RefreshTokens(
        database, now, life=settings.refresh_token_life, grace=settings.refresh_grace
    )
    sessions = Sessions(
        database=database,
        outbox=outbox,
        access_tokens=AccessTokens(
            signing_keys,
            now,
            issuer=settings.public_url,
            audience=settings.jwt_audience,
            life=settings.access_token_life,
        ),
        refresh_tokens=refresh_tokens,
        now=now,
        life=settings.session_life,
    )
    credentials = Credentials(
        database, hashing, now, proof_required=settings.email_verification_required
    )

    heartbeats = Heartbeats(database, now)
    checks = Checks(database, connect_redis(settings.redis_url), smtp, heartbeats)
    readiness = Readiness(checks, database, now)
    return Services(
        database=database,
        outbox=outbox,
        promises=promises,
        registration=registration,
        verification=verification,
        profiles=Profiles(database, outbox, hashing),
        login=Login(database, credentials, devices, sessions),
        refresh=Refresh(database, outbox, refresh_tokens, devices, sessions, now),
        sessions=sessions,
        signing_keys=signing_keys,
        expiry=Expiry(database, now),
        heartbeats=heartbeats,
        readiness=readiness,
        watchdog=Watchdog(database, promises, heartbeats),
        history=History(outbox, readiness, heartbeats),
    )
