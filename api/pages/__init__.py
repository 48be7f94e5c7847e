"""Pages that work without scripts and without the internet."""

from api.pages.article import render_article
from api.pages.files import Stylesheet, send_file
from api.pages.rendering import render_page

__all__ = ["Stylesheet", "render_article", "render_page", "send_file"]
