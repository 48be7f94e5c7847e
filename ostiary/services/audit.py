"""The audit, put together."""

from dataclasses import dataclass
from datetime import timedelta

from ostiary.audit.chain import Chain
from ostiary.audit.history import History
from ostiary.audit.months import Months
from ostiary.audit.retention import Retention
from ostiary.audit.sealer import Sealer
from ostiary.audit.verification import PATIENCE, Verification
from ostiary.platform.database import open_database
from ostiary.services.foundation import Foundation
from ostiary.watch.watchdog import Chore

SEALED_EVERY = timedelta(seconds=1)


@dataclass(frozen=True)
class Auditing:
    history: History
    sealer: Sealer
    retention: Retention
    verification: Verification

    def chore(self) -> Chore:
        """What the watchdog does for the audit."""
        return Chore("audit", self.sealer.seal, every=SEALED_EVERY)


def open_auditing(base: Foundation) -> Auditing:
    macs, database = base.audit.macs, base.database
    chain = Chain(database, macs)
    sealer = Sealer(database, chain, base.now)
    patient = open_database(base.settings.database_url, patience=PATIENCE)
    return Auditing(
        history=History(database),
        sealer=sealer,
        retention=Retention(database, chain, sealer, Months(database, base.now), base.now),
        verification=Verification(patient, macs, sealer),
    )
