"""The share of its limit that each request reaches, as a picture without scripts or fonts."""

from collections.abc import Iterator, Sequence
from html import escape

from workshop.benchmarks.goals import OF_TRIALS
from workshop.benchmarks.rounds import Result

LEFT, WIDTH, RIGHT, ROW, TOP = 250, 480, 200, 26, 34
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
STYLE = """
text { font: 13px sans-serif; fill: #1b1f24 }
.name { text-anchor: end } .tick { text-anchor: middle; fill: #57606a; font-size: 11px }
.grid { stroke: #d0d7de } .goal { stroke: #1b1f24; stroke-width: 2 } .bar { fill: #2f6f9f }
""".strip().replace("\n", " ")


def chart_of(results: Sequence[Result]) -> str:
    shown = [each for each in results if each.ratio is not None]
    height = TOP + ROW * len(shown) + 10
    body = "\n".join([*_grid(height), *_bars(shown)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}">\n'
        f"<title>Requests a second, as a share of what bounds them</title>\n"
        f"<style>{STYLE}</style>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _grid(height: int) -> Iterator[str]:
    for step in STEPS:
        x = LEFT + WIDTH * step
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{height - 6}"/>'
        yield f'<text class="tick" x="{x}" y="{TOP - 14}">{step:g}</text>'


def _bars(results: Sequence[Result]) -> Iterator[str]:
    for number, each in enumerate(results):
        y, ratio = TOP + ROW * number, each.ratio or 0.0
        length = WIDTH * min(ratio, 1.0)
        title = escape(each.trial.title.replace("`", ""))
        told = f"{ratio:.2f} of {each.trial.limit}, {each.run.scaled:,.0f}/s"
        yield f'<text class="name" x="{LEFT - 8}" y="{y + 14}">{title}</text>'
        yield f'<rect class="bar" x="{LEFT}" y="{y}" width="{length:.1f}" height="18"/>'
        yield f'<text x="{LEFT + WIDTH + 8}" y="{y + 14}">{told}</text>'
        goal = OF_TRIALS.get(each.trial.name)
        if goal and goal.of == "ratio":
            x = LEFT + WIDTH * min(goal.bound, 1.0)
            yield f'<line class="goal" x1="{x:g}" x2="{x:g}" y1="{y - 3}" y2="{y + 21}"/>'
