"""The runbook as a page: every alert links to its section."""

from pathlib import Path

from falcon import Request, Response

from api.http.operation import operation
from api.pages import render_article

PAGE = Path(__file__).parents[1] / "docs" / "runbook.md"


class RunbookPage:
    @operation("What to do about an alert", answers={200: None}, page=True)
    def on_get(self, _req: Request, resp: Response) -> None:
        render_article(resp, "Runbook", PAGE, up="../")
