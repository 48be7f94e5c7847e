"""A page for every error code: what it means, and what a client should do."""

from functools import cache
from pathlib import Path

from falcon import Request, Response

from api.http.operation import operation
from api.pages import render_article, render_page
from ostiary.errors import NotFound

FOLDER = Path(__file__).parents[1] / "docs" / "errors"


class ErrorIndex:
    @operation("Every error code", answers={200: None}, page=True)
    def on_get(self, _req: Request, resp: Response) -> None:
        render_page(resp, "Error codes", "errors.html", codes=_titles(), up="../")


class ErrorPage:
    @operation("What an error code means", answers={200: None}, page=True)
    def on_get(self, _req: Request, resp: Response, code: str) -> None:
        if code not in _titles():
            raise NotFound("There is no such error code.")
        render_article(resp, code, FOLDER / f"{code}.md", up="../../")


@cache
def _titles() -> dict[str, str]:
    """What each code means in one line: the first paragraph of its page."""
    return {path.stem: _first_paragraph(path) for path in sorted(FOLDER.glob("*.md"))}


def _first_paragraph(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("\n\n")[1].replace("\n", " ")
