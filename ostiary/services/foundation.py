"""What every wing stands on, opened once per process."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from ostiary.accounts import models as accounts
from ostiary.audit import models as audit
from ostiary.audit.audit import Audit
from ostiary.courier import models as courier
from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letters
from ostiary.courier.outbox import Nudge, Outbox
from ostiary.courier.smtp import Smtp
from ostiary.platform.clock import Clock, PostgresClock
from ostiary.platform.database import Database, open_database
from ostiary.platform.hashing import Hashing, open_hashing
from ostiary.platform.hmac_keys import Macs
from ostiary.platform.settings import Settings
from ostiary.protection import models as protection
from ostiary.reactions import REACTIONS
from ostiary.services.protection import Protection, open_protection
from ostiary.sessions import models as sessions
from ostiary.watch import models as watch

MODELS = (
    *accounts.MODELS,
    *sessions.MODELS,
    *protection.MODELS,
    *courier.MODELS,
    *audit.MODELS,
    *watch.MODELS,
)
TIME = "SELECT clock_timestamp() AS now"


@dataclass(frozen=True)
class Foundation:
    settings: Settings
    now: Clock
    database: Database
    audit: Audit
    outbox: Outbox
    hashing: Hashing
    smtp: Smtp | None
    deliveries: Deliveries
    letters: Letters
    protection: Protection


def lay_foundation(settings: Settings, *, nudge: Nudge, now: Clock | None) -> Foundation:
    """Connects to nothing yet; unless `now` is given, Postgres tells the time."""
    database = open_database(settings.database_url)
    database.bind(MODELS, bind_refs=False, bind_backrefs=False)
    now = now or PostgresClock(lambda: database.fetch_all(TIME)[0].now)
    macs = Macs(settings.secret_keys, purpose="audit")
    book = Audit(database, macs, now)
    outbox = Outbox(database, book, REACTIONS, nudge, now)
    host = urlsplit(settings.public_url).hostname or ""
    smtp = Smtp(settings.smtp, name=host) if settings.smtp else None
    return Foundation(
        settings=settings,
        now=now,
        database=database,
        audit=book,
        outbox=outbox,
        hashing=open_hashing(settings.password_hash, processes=settings.web_concurrency),
        smtp=smtp,
        deliveries=Deliveries(smtp),
        letters=Letters(settings.mail_from, settings.public_url, now, settings.app_name),
        protection=open_protection(settings, database, book, outbox, now),
    )
