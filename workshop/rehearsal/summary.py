"""Drills as tables: one line a drill where there are many, one line a figure where there is one."""

from collections.abc import Sequence

from workshop.rehearsal import milestones as reached
from workshop.rehearsal.report import Report

Row = tuple[str, ...]

FIGURES = ("DRILL", "WHAT", "MEASURED", "BOUND", "")
HEADINGS = ("DRILL", "DETECTED", "ALERTED", "MITIGATED", "RECOVERED", "RESOLVED", "GUESSES", "")
# The later of the two channels counts.
COLUMNS = (
    (reached.DETECTED,),
    (reached.WEBHOOK, reached.MAIL),
    (reached.LETTERS, reached.SERVED, reached.LETTERS_AGAIN),
    (reached.RECOVERED,),
    (reached.RESOLVED_WEBHOOK, reached.RESOLVED_MAIL),
)


def overview(reports: Sequence[Report]) -> list[Row]:
    """Each figure as `measured/bound`, in seconds."""
    return [_line(report) for report in reports]


def figures(reports: Sequence[Report], *, missed_only: bool = False) -> list[Row]:
    return [
        (report.drill.name, each.what, *each.told, "kept" if each.is_kept else "MISSED")
        for report in reports
        for each in (report.missed if missed_only else report.verdicts)
    ]


def _line(report: Report) -> Row:
    cells = [_worst(report, column) for column in COLUMNS]
    guesses = next(each.figure for each in report.verdicts if each.what.startswith("guesses"))
    return (report.drill.name, *cells, guesses, "kept" if report.is_kept else "MISSED")


def _worst(report: Report, column: Sequence[reached.Milestone]) -> str:
    names = {each.name for each in column}
    found = [each for each in report.verdicts if each.what in names]
    if not found:
        return "-"
    worst = max(found, key=lambda each: float("inf") if each.measured is None else each.measured)
    return "/".join(part.removesuffix(" s") for part in worst.told)
