"""`ostiary why`: what happens to the logins of an address, and by which rule."""

import math
from datetime import timedelta

import click

from ostiary.cli.address import email_argument
from ostiary.cli.opening import opened
from ostiary.cli.output import json_option, print_json, print_table, stamp
from ostiary.doctor.explanation import BudgetLeft, Explanation, Tried
from ostiary.doctor.why import why_of

REDIS = {
    "absent": "none is set; Postgres refuses by itself",
    "away": "away; Postgres refuses by itself",
    "up": "remembers no refusal now; Postgres decides",
}


@click.command()
@email_argument
@click.option("--last", type=click.IntRange(1, 1000), default=20, show_default=True)
@json_option
def why(*, email: str, last: int, as_json: bool) -> None:
    """Explain the last attempts of an address and its devices; exit 1 if it is unknown."""
    with opened() as services:
        explained = why_of(services).explain(email, last=last)
    if as_json:
        print_json(explained)
    elif explained:
        _print(explained)
    else:
        click.echo(f"Nothing is known of {email}: no account, no attempt, no lock.")
    if explained is None:
        raise SystemExit(1)


def _print(explained: Explanation) -> None:
    click.echo(f"{'Address':9}{explained.email}, at {stamp(explained.at)}")
    click.echo(f"{'Account':9}{_account(explained)}")
    for lock in explained.locks:
        click.echo(
            f"{'LOCKED':9}{_short(lock.subject)}, until {stamp(lock.locked_until)}, "
            f"{_seconds(lock.locked_until - explained.at)} s more: {lock.failures} failures, "
            f"the last from {lock.client}"
        )
    if not explained.locks:
        click.echo(f"{'Locked':9}no")
    click.echo(f"{'Redis':9}{_redis(explained)}")
    click.echo(f"{'Next':9}{explained.next}")
    click.echo("\nBudgets")
    print_table(("WHOSE", "LEFT", "REFILLED"), map(_budget, explained.budgets), indent=2)
    click.echo("\nLast attempts, the newest first")
    headings = ("AT", "CLIENT", "BUDGET", "DECIDED", "RULE", "STORE")
    print_table(headings, map(_attempt, explained.attempts), indent=2)


def _account(explained: Explanation) -> str:
    account = explained.account
    if account is None:
        return "none" + (", registered but not verified" if explained.registrations else "")
    facts = [str(account.id), "verified" if account.email_verified else "not verified"]
    if account.disabled_at:
        facts.append(f"DISABLED since {stamp(account.disabled_at)}")
    seen = account.last_login_at
    return ", ".join([*facts, f"last login {stamp(seen)}" if seen else "never logged in"])


def _redis(explained: Explanation) -> str:
    remembered = [
        f"remembers for {_seconds(each.refused_for)} s more to refuse the {_short(each.budget)}"
        for each in explained.budgets
        if each.refused_for
    ]
    return "; ".join(remembered) or REDIS[explained.redis]


def _seconds(span: timedelta) -> int:
    return math.ceil(span.total_seconds())


def _budget(budget: BudgetLeft) -> tuple[str, ...]:
    refilled = budget.locked_until or budget.refilled_at
    left = f"{budget.left} of {budget.limit}"
    return (_short(budget.budget), left, f"from {stamp(refilled)}" if refilled else "")


def _attempt(tried: Tried) -> tuple[str, ...]:
    budget = _short(tried.budget)
    return (stamp(tried.at), tried.client, budget, tried.decided, tried.rule, tried.store)


def _short(budget: str) -> str:
    """A device by the end of its id, where ids differ; an address is known by now."""
    kind, _, name = budget.replace(":", " ", 1).partition(" ")
    return {"address": kind, "device": f"device …{name[-8:]}"}.get(kind, budget)
