"""Findings: what a check saw, and what is known about everything that it may see."""

from typing import Final, Literal, NamedTuple

Severity = Literal["critical", "warning", "notice"]

# The worst first.
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "notice")


class Finding(NamedTuple):
    """`id` is one of the table of advice; `evidence` holds no secret, no address and no URL."""

    id: str
    evidence: str


class RoundTrip(NamedTuple):
    """How long a dependency took to answer."""

    dependency: str
    seconds: float


Seen = Finding | RoundTrip


class Advice(NamedTuple):
    """What a finding means and what helps: a sentence each, and perhaps a command to paste.

    `section` is the runbook's, where it is not one of its own.
    """

    id: str
    severity: Severity
    summary: str
    fix: str
    command: str = ""
    section: str = ""

    @property
    def runbook(self) -> str:
        """The path of its section, below `PUBLIC_URL`."""
        return f"/docs/runbook#{self.section or self.id}"
