"""The next attempt: what will happen to it, in one sentence."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ostiary.doctor.explanation import BudgetLeft, KnownAccount


def foretell(account: KnownAccount | None, budgets: list[BudgetLeft], length: timedelta) -> str:
    """The first budget is the address's; `length` is how long its next lock would be."""
    address, *others = budgets
    clauses = [_on_address(address, length), *_on_others(others), *_when_right(account, address)]
    return "; ".join(clauses) + "."


def _on_address(budget: BudgetLeft, length: timedelta) -> str:
    if budget.locked_until:
        until = _until(budget.locked_until)
        return f"Without a known device it is refused until {until}, whatever its password"
    if not budget.left:
        return "It waits until the attempts before it are judged"
    wrong = "one more wrong password locks" if budget.left == 1 else _several(budget.left)
    return f"Its password is looked at, and {wrong} the address for {_minutes(length)}"


def _several(left: int) -> str:
    return f"{left} more wrong ones in a row lock"


def _on_others(budgets: list[BudgetLeft]) -> Iterator[str]:
    for budget in budgets:
        if budget.locked_until:
            yield f"from {budget.budget} it is refused until {_until(budget.locked_until)}"
        elif not budget.left and budget.refilled_at:
            yield f"from {budget.budget} it is refused until {_until(budget.refilled_at)}"


def _when_right(account: KnownAccount | None, address: BudgetLeft) -> Iterator[str]:
    if account is None:
        yield "no password opens anything, as the address has no account"
    elif account.disabled_at:
        yield "the right password is answered with account_disabled"
    elif not account.email_verified:
        yield "the address of the account is not verified yet"
    elif address.locked_until:
        yield "a known device is judged on a budget of its own"


def _until(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _minutes(span: timedelta) -> str:
    return f"{span / timedelta(minutes=1):g} minutes"
