"""`ostiary doctor`: what is wrong with the live system, and what helps."""

import sys
from typing import Any

import click

from ostiary.cli.output import json_option, print_json, stamp
from ostiary.doctor.doctor import Diagnosis, Report, doctor_of
from ostiary.doctor.finding import SEVERITIES
from ostiary.platform.logs import configure_logs
from ostiary.platform.settings import settings_or_exit


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Look at settings, dependencies, processes and letters; exit 1 if something is critical."""
    settings = settings_or_exit()
    configure_logs("cli", "critical", stream=sys.stderr)
    report = doctor_of(settings).examine()
    if as_json:
        print_json(_document(report, settings.public_url))
    else:
        _print(report, settings.public_url)
    if report.verdict == "critical":
        raise SystemExit(1)


def _document(report: Report, public_url: str) -> dict[str, Any]:
    return {
        "at": report.at,
        "verdict": report.verdict,
        "findings": [_finding(each, public_url) for each in report.findings],
        "unseen": [{"subject": name, "reason": why} for name, why in report.unseen.items()],
        "round_trip_seconds": {name: round(s, 6) for name, s in report.round_trips.items()},
    }


def _finding(found: Diagnosis, public_url: str) -> dict[str, Any]:
    advice = found.advice
    return {
        "id": advice.id,
        "severity": advice.severity,
        "summary": advice.summary,
        "evidence": found.evidence,
        "fix": advice.fix,
        "command": advice.command or None,
        "runbook_url": public_url + advice.runbook,
    }


def _print(report: Report, public_url: str) -> None:
    for each in report.findings:
        _print_finding(each, public_url)
    for subject, reason in report.unseen.items():
        click.echo(f"NOT SEEN  {subject}: {reason}.")
    if report.unseen:
        click.echo()
    trips = (f"{name} {seconds * 1000:.1f} ms" for name, seconds in report.round_trips.items())
    click.echo(f"Round trips: {', '.join(trips) or 'none'}")
    click.echo(f"{_tally(report)}, at {stamp(report.at)}")


def _print_finding(found: Diagnosis, public_url: str) -> None:
    advice = found.advice
    click.echo(f"{advice.severity.upper():8}  {advice.id}: {advice.summary}")
    lines = {
        "seen": found.evidence,
        "do": advice.fix,
        "run": advice.command,
        "read": public_url + advice.runbook,
    }
    for label, text in lines.items():
        if text:
            click.echo(f"{label:>8}  {text}")
    click.echo()


def _tally(report: Report) -> str:
    if not report.findings:
        return "Nothing to find" if not report.unseen else "Nothing found in what could be seen"
    severities = [each.advice.severity for each in report.findings]
    counts = ((severity, severities.count(severity)) for severity in SEVERITIES)
    return ", ".join(f"{count} {severity}" for severity, count in counts if count)
