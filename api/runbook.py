"""The runbook as a page: every alert links to its section."""

import itertools
import re
from functools import cache
from pathlib import Path

from falcon import Request, Response
from markdown_it import MarkdownIt
from markdown_it.token import Token

from api.operation import operation
from api.pages import render_page

PAGE = Path(__file__).parents[1] / "docs" / "runbook.md"


class RunbookPage:
    @operation("What to do about an alert", answers={200: None}, page=True)
    def on_get(self, _req: Request, resp: Response) -> None:
        render_page(resp, "Runbook", "runbook.html", article=_article())


@cache
def _article() -> str:
    """The page without its heading, which the template writes."""
    _, text = PAGE.read_text(encoding="utf-8").split("\n\n", 1)
    markdown = MarkdownIt("commonmark")
    tokens = markdown.parse(text)
    for opening, heading in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", _anchor(heading))
    html: str = markdown.renderer.render(tokens, markdown.options, {})
    return html


def _anchor(heading: Token) -> str:
    """As GitHub makes them, so that a link within the page holds in both places."""
    return re.sub(r"[^\w-]", "", heading.content.lower().replace(" ", "-"))
