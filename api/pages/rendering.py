"""Fills one of our templates; nothing on a page comes from elsewhere."""

from typing import Any

from falcon import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

templates = Environment(
    loader=PackageLoader("api", "pages"), autoescape=True, undefined=StrictUndefined
)


def render_page(
    resp: Response, title: str, template: str, *, status: int = 200, up: str = "", **context: Any
) -> None:
    """`up` leads from the page to the root, for `PUBLIC_URL` may have a path: `../` a level."""
    resp.status = status
    resp.content_type = "text/html; charset=utf-8"
    resp.set_header("Content-Security-Policy", POLICY)
    resp.set_header("Referrer-Policy", "no-referrer")
    site = resp.context.get("site")
    resp.text = templates.get_template(template).render(title=title, up=up, site=site, **context)
