"""Pages that work without scripts and without the internet."""

from api.pages.rendering import render_page

__all__ = ["render_page"]
