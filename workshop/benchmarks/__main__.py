"""`python -m workshop.benchmarks`: measures the machine and Ostiary side by side."""

from pathlib import Path
from typing import Any

import click
import orjson

from workshop.benchmarks.document import told, write
from workshop.benchmarks.figures import Effort
from workshop.benchmarks.program import ROOT
from workshop.benchmarks.session import TITLES, Report, run

FOLDER = click.Path(file_okay=False, resolve_path=True, path_type=Path)
SIZES = (1_000, 100_000)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listing", is_flag=True, help="Say what can be measured.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--seconds", default=2.0, show_default=True, help="Of each measurement.")
@click.option("--accounts", multiple=True, default=SIZES, show_default=True, help="How many.")
@click.option("--rows", default=1_000_000, show_default=True, help="That a sweep finds.")
@click.option("--write", "writing", is_flag=True, help="Into docs/performance.md.")
@click.option("--home", type=FOLDER, default=Path(".ostiary/benchmarks"), show_default=True)
def main(*, names: tuple[str, ...], listing: bool, home: Path, **options: Any) -> None:
    """Measure NAME, or everything, beside the limit of this machine that bounds it."""
    if unknown := set(names) - TITLES.keys():
        raise click.UsageError(f"There is no {', '.join(unknown)}; --list says what there is.")
    if listing:
        click.echo("\n".join(f"{name:16} {title}" for name, title in TITLES.items()))
        return
    sizes, writing = options.pop("accounts"), options.pop("writing")
    report = run(names or tuple(TITLES), home, sizes, Effort(**options, say=_tell))
    _leave(report, home / "figures.json")
    if writing:
        write(report, ROOT / "docs")
    click.echo(told(report))


def _leave(report: Report, path: Path) -> None:
    path.write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))


def _tell(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
