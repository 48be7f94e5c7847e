"""A report as tables that can be read in a terminal, and by whoever renders Markdown."""

from collections.abc import Iterator, Sequence

from workshop.benchmarks.figures import Figure
from workshop.benchmarks.goals import OF_FIGURES, OF_TRIALS
from workshop.benchmarks.growth import Grown
from workshop.benchmarks.rounds import Result
from workshop.benchmarks.session import Report

HEADS = (
    "work",
    "per second",
    "of limit",
    "limit",
    "goal",
    "CPU ms: web",
    "Postgres",
    "Redis",
    "client",
    "median ms",
    "p99 ms",
)


def tables_of(report: Report) -> str:
    return "\n".join(_tables(report))


def _tables(report: Report) -> Iterator[str]:
    if report.results:
        yield markdown(HEADS, [_row(each) for each in report.results])
    if report.figures:
        heads = ("work", "figure", "", "of limit", "goal", "from … to")
        yield markdown(heads, [_figure(each) for each in report.figures])
    if report.grown:
        sizes = [f"{each.accounts:,} accounts" for each in report.grown]
        yield markdown(["work", *sizes], list(_growth(report.grown)))


def _figure(figure: Figure) -> list[str]:
    span = f"{_short(min(figure.values))} … {_short(max(figure.values))}"
    told = span if len(figure.values) > 1 else ""
    goal = OF_FIGURES.get(figure.title)
    meant = goal.told(figure.value) if goal else ""
    return [figure.title, _short(figure.value), figure.unit, _ratio(figure.ratio), meant, told]


def _growth(grown: Sequence[Grown]) -> Iterator[list[str]]:
    """Per second, and the CPU milliseconds of the servers."""
    for alike in zip(*(each.results for each in grown), strict=True):
        runs = (each.run for each in alike)
        told = (f"{run.scaled:,.0f} a second, {run.server_ms:.2f} ms" for run in runs)
        yield [alike[0].trial.title, *told]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(f"| {' | '.join(_padded(line, widths))} |" for line in lines) + "\n"


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]


def _row(result: Result) -> list[str]:
    done, trial = result.run, result.trial
    return [
        trial.title,
        f"{done.scaled:,.0f}",
        _ratio(result.ratio),
        trial.limit,
        _goal(result),
        *(_milliseconds(each) for each in (done.web_ms, done.postgres_ms, done.redis_ms)),
        f"{done.client_ms:.2f}",
        f"{done.p50_ms:.1f}",
        f"{done.p99_ms:.1f}",
    ]


def _goal(result: Result) -> str:
    goal = OF_TRIALS.get(result.trial.name)
    if goal is None:
        return ""
    value = result.ratio if goal.of == "ratio" else getattr(result.run, goal.of)
    return "" if value is None else goal.told(value)


def _milliseconds(each: float) -> str:
    return f"{each:.2f}" if each else ""
