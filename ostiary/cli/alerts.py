"""`ostiary alerts`: what is wrong, what was, and whether anybody would hear of it."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import click

from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json, print_table, stamp
from ostiary.errors import NotFound
from ostiary.services import Services
from ostiary.watch.alerts.alert import Alert
from ostiary.watch.alerts.trial import Outcome

HEADINGS = ("FIRED AT", "RULE", "SEVERITY", "STATE", "RESOLVED AT", "KNOWN BY", "SUMMARY")
NOWHERE = "Only the log is told: set ALERT_EMAILS or ALERT_WEBHOOK_URL, or nobody will hear."


@click.group(invoke_without_command=True)
@click.option("--firing", is_flag=True, help="Only those that are not over.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@click.pass_context
def alerts(ctx: click.Context, *, firing: bool, limit: int, as_json: bool) -> None:
    """List alerts, the newest first."""
    if ctx.invoked_subcommand:
        return
    with opened() as services:
        found = services.alerting.alerts.newest(state="firing" if firing else None, limit=limit)
        known_by = {} if as_json else _names(services, found)
    if as_json:
        print_json([alert.as_document() for alert in found])
    elif found:
        print_table(HEADINGS, [_row(alert, known_by) for alert in found])
    else:
        click.echo("Nothing is firing." if firing else "Nothing has fired.")
    if len(found) == limit and not as_json:
        click.echo(f"The newest {limit}; --limit shows more.", err=True)


@alerts.command()
@json_option
def test(*, as_json: bool) -> None:
    """Send a test alert through every channel; exit 1 if one failed."""
    with opened() as services:
        outcomes = services.alerting.trial.run()
    if as_json:
        print_json(outcomes)
    else:
        print_table(("CHANNEL", "RESULT"), map(_outcome, outcomes))
    if len(outcomes) == 1:
        click.echo(NOWHERE, err=True)
    if not all(each.sent for each in outcomes):
        raise SystemExit(1)


def _outcome(outcome: Outcome) -> tuple[str, ...]:
    return (outcome.channel, "sent" if outcome.sent else f"not sent: {outcome.reason}")


def _names(services: Services, found: Iterable[Alert]) -> Mapping[UUID, str]:
    knowers = {alert.acknowledged_by for alert in found if alert.acknowledged_by}
    return {knower: _name(services, knower) for knower in knowers}


def _name(services: Services, account_id: UUID) -> str:
    """Whoever has left is known by the id alone."""
    try:
        return services.accounts.profiles.get(account_id).email
    except NotFound:
        return str(account_id)


def _row(alert: Alert, known_by: Mapping[UUID, str]) -> tuple[str, ...]:
    return (
        stamp(alert.fired_at),
        alert.rule,
        alert.severity,
        alert.state,
        stamp(alert.resolved_at) if alert.resolved_at else "",
        known_by[alert.acknowledged_by] if alert.acknowledged_by else "",
        alert.summary,
    )
