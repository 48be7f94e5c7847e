"""Verification: whether the whole audit is as it was written, and if not, what is wrong first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ostiary.audit.chain import Chain
from ostiary.audit.finding import Disturbed, Finding, Report
from ostiary.audit.proof import Proof
from ostiary.audit.reading import Reading
from ostiary.audit.sealer import Sealer
from ostiary.platform.database import Database
from ostiary.platform.hmac_keys import Macs

# For one statement: to find what is not in the chain, all of it is read at once.
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Verification:
    """`patient` is a database of its own, which waits for as long as it takes to read it all."""

    patient: Database
    macs: Macs
    sealer: Sealer

    def verify(self, anchors: Mapping[int, bytes]) -> Report:
        """`anchors` are the hashes that a log named, by the number of the link they end with."""
        self.sealer.seal()
        proof = Proof(Reading(self.patient), Chain(self.patient, self.macs), anchors)
        finding: Finding | None = None
        with self.patient.atomic("REPEATABLE READ"):
            try:
                proof.run()
            except Disturbed as disturbed:
                finding = disturbed.finding
        return Report(
            intact=finding is None,
            entries=proof.entries,
            waiting=proof.waiting,
            old_secrets=proof.old_secrets,
            since=proof.since,
            seq=proof.seq,
            hash=proof.hash.hex(),
            finding=finding,
        )
