"""Reports on one page that needs nothing else: no script, no font, no network."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment
from markupsafe import Markup

from workshop.rehearsal.picture import Picture

NAMES = ("page.html", "picture.svg.html")

_folder = files(__package__)
_templates = Environment(
    loader=DictLoader({name: (_folder / name).read_text("utf-8") for name in NAMES}),
    autoescape=True,
    trim_blocks=True,
)


def page_of(name: str, reports: Sequence[dict[str, Any]]) -> str:
    pictures = {each["drill"]: _picture(each) for each in reports}
    return _templates.get_template("page.html").render(
        name=name, reports=reports, pictures=pictures
    )


def _picture(report: dict[str, Any]) -> Markup:
    drawn = _templates.get_template("picture.svg.html")
    shapes = Picture(report["timeline"])
    return Markup(drawn.render(picture=shapes, name=report["drill"]))  # noqa: S704
