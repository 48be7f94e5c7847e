"""Pages that are articles of the documentation, written in Markdown."""

import itertools
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from falcon import Response

from api.pages.rendering import render_page

if TYPE_CHECKING:
    from markdown_it.token import Token


def render_article(resp: Response, title: str, path: Path, *, up: str) -> None:
    render_page(resp, title, "article.html", article=_html(path), up=up)


@cache
def _html(path: Path) -> str:
    """The page without its heading, which the template writes."""
    # Only such a page needs it, and no process before somebody reads one.
    from markdown_it import MarkdownIt

    _, text = path.read_text(encoding="utf-8").split("\n\n", 1)
    markdown = MarkdownIt("commonmark").enable("table")
    tokens = markdown.parse(text)
    for opening, heading in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", _anchor(heading))
    html: str = markdown.renderer.render(tokens, markdown.options, {})
    return html


def _anchor(heading: "Token") -> str:
    """As GitHub makes them, so that a link within the page holds in both places."""
    return re.sub(r"[^\w-]", "", heading.content.lower().replace(" ", "-"))
