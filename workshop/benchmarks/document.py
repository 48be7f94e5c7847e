"""The page about performance: what a run has found takes the place of what was found before."""

from collections.abc import Iterator
from pathlib import Path

from workshop.benchmarks.chart import chart_of
from workshop.benchmarks.session import Report
from workshop.benchmarks.table import tables_of

BEGIN, END = "<!-- figures: `make bench ARGS=--write` -->\n", "<!-- end of figures -->\n"
PICTURE = "![The share of its limit that each request reaches](performance.svg)\n"


def write(report: Report, docs: Path) -> None:
    """Raises ValueError where the page has lost the place for figures."""
    page = docs / "performance.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{page} has no {BEGIN}")
    page.write_text(f"{before}{BEGIN}\n{PICTURE}\n{told(report)}\n{END}{after}")
    (docs / "performance.svg").write_text(chart_of(report.results))


def told(report: Report) -> str:
    return "\n".join([*_machine(report), "", *_generator(report), "", tables_of(report)])


def _machine(report: Report) -> Iterator[str]:
    return (f"- {name}: {value}" for name, value in report.machine.items())


def _generator(report: Report) -> Iterator[str]:
    """How many it could ask, by what one request costs it where it costs the least."""
    costs = [each.run.client_ms for each in report.results if each.trial.name == "falcon"]
    for cost in costs:
        yield (
            f"The load generator takes {cost:.3f} ms of a core to ask for Falcon's hello once: "
            f"by itself it could ask {1000 / cost:,.0f} times a second."
        )
    shares = [run.share for each in report.results for run in each.runs]
    if shares:
        yield f"Of the machine, {min(shares):.0%} to {max(shares):.0%} was ours."
