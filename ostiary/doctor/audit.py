"""The audit: whether its newest entries are as they were written, and the rest can be proven."""

from collections.abc import Iterator

from ostiary.audit.chain import Chain
from ostiary.audit.finding import Disturbed
from ostiary.audit.proof import Proof
from ostiary.audit.reading import Reading
from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.platform.database import Database
from ostiary.platform.hmac_keys import Macs

# They are read within milliseconds; all of them might take minutes.
NEWEST = 1000
DISTURBED = ("changed", "removed", "inserted")


def look(site: Site) -> Iterator[Finding]:
    macs = Macs(site.settings.secret_keys, purpose="audit")
    with site.postgres() as database:
        yield from disturbance(database, macs)


def disturbance(database: Database, macs: Macs) -> Iterator[Finding]:
    try:
        with database.atomic("REPEATABLE READ"):
            Proof(Reading(database), Chain(database, macs)).glance(NEWEST)
    except Disturbed as disturbed:
        what, why, seq, *_ = disturbed.finding
        id = "audit_disturbed" if what in DISTURBED else "audit_unproven"
        yield Finding(id, f"At link {seq}: {why}")
