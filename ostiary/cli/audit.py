"""`ostiary audit`: whether what happened is still written as it happened."""

import re

import click

from ostiary.audit.finding import Finding, Report
from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json, stamp

_anchor = re.compile(r"(\d+):([0-9a-f]{64})").fullmatch


class Anchor(click.ParamType[tuple[int, bytes]]):
    """What a log line said of the chain: the number of its last link then, and its hash."""

    name = "anchor"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, bytes]:
        found = _anchor(value)
        if found is None:
            self.fail("A number, a colon and 64 hexadecimal digits are expected.", param, ctx)
        return int(found[1]), bytes.fromhex(found[2])


@click.group()
def audit() -> None:
    """Prove that the audit is as it was written."""


@audit.command()
@click.option(
    "--anchor",
    "anchors",
    type=Anchor(),
    metavar="SEQ:HASH",
    multiple=True,
    help="What a log line `audit_sealed` said; may be given more than once.",
)
@json_option
def verify(*, anchors: tuple[tuple[int, bytes], ...], as_json: bool) -> None:
    """Read it all; exit 1 and name the first entry that was changed, removed or inserted."""
    with opened() as services:
        report = services.auditing.verification.verify(dict(anchors))
    if as_json:
        print_json(report)
    elif report.finding is None:
        _print_intact(report)
    else:
        _print_finding(report.finding)
    if not report.intact:
        raise SystemExit(1)


def _print_intact(report: Report) -> None:
    since = f" since {stamp(report.since)}" if report.since else ""
    click.echo(f"The audit is intact: {report.entries} entries{since}.")
    click.echo(f"{report.waiting} more wait for the chain.")
    if report.old_secrets:
        click.echo(f"{report.old_secrets} were written with secrets that are gone, and are whole.")
    click.echo(f"The chain ends with {report.seq}:{report.hash}")


def _print_finding(finding: Finding) -> None:
    click.echo(f"{finding.what.upper().replace('_', ' ')}: {finding.why}")
    facts = {
        "Link": finding.seq,
        "Entry": finding.entry_id,
        "Event": finding.event,
        "At": finding.at and stamp(finding.at),
    }
    for name, value in facts.items():
        if value is not None:
            click.echo(f"{name:7}{value}")
