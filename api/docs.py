"""The API described, for machines and for people without the internet."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import orjson
from falcon import Request, Response
from pydantic import Field, RootModel

from api.error_pages import ErrorIndex, ErrorPage
from api.http.operation import operation
from api.openapi import openapi_document
from api.pages import Stylesheet, send_file
from api.runbook import RunbookPage
from ostiary.errors import NotFound
from ostiary.platform.settings import Settings

Routes = list[tuple[str, object]]

BEGINNING = {"openapi": "3.1.0", "info": {"title": "Ostiary", "version": "1.0"}, "paths": {}}


def _folder_of(package: str) -> Path:
    """Where a package keeps its files; importing this one would load nine megabytes."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(package)
    return Path(spec.origin).parent


OURS = Path(__file__).parent / "pages"
OFFAPI = _folder_of("offapi")
ASSETS = {
    "start.js": (OURS / "start.js", "text/javascript; charset=utf-8"),
    "reference.js": (OFFAPI / "swagger_bundle.js", "text/javascript; charset=utf-8"),
    "reference.css": (OFFAPI / "swagger_style.css", "text/css; charset=utf-8"),
}
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class OpenApiDocument(RootModel[Annotated[dict[str, Any], Field(examples=[BEGINNING])]]):
    """See https://spec.openapis.org/oas/v3.1.0."""


@dataclass(frozen=True)
class OpenApi:
    """Written when it is first asked for, which no start of a process has to wait for."""

    write: Callable[[], bytes]

    @cached_property
    def document(self) -> bytes:
        return self.write()

    @operation("This document", answers={200: OpenApiDocument})
    def on_get(self, _req: Request, resp: Response) -> None:
        resp.content_type = "application/json"
        resp.data = self.document


class Docs:
    @operation("Read this document", answers={200: None}, page=True)
    def on_get(self, _req: Request, resp: Response) -> None:
        resp.set_header("Content-Security-Policy", POLICY)
        resp.set_header("Referrer-Policy", "no-referrer")
        send_file(resp, OURS / "docs.html", "text/html; charset=utf-8")


class DocsAsset:
    def on_get(self, _req: Request, resp: Response, name: str) -> None:
        if name not in ASSETS:
            raise NotFound
        send_file(resp, *ASSETS[name])


PAGES: Routes = [
    ("/docs", Docs()),
    ("/docs/assets/{name}", DocsAsset()),
    ("/docs/errors", ErrorIndex()),
    ("/docs/errors/{code}", ErrorPage()),
    ("/docs/runbook", RunbookPage()),
    ("/assets/ostiary.css", Stylesheet()),
]


def published(routes: Routes, settings: Settings) -> bytes:
    """The document of these routes, and of those that describe them."""
    return orjson.dumps(openapi_document([*routes, ("/openapi.json", OpenApi), *PAGES], settings))


def documentation(routes: Routes, settings: Settings) -> Routes:
    """The routes that describe these routes, themselves included."""
    return [("/openapi.json", OpenApi(partial(published, routes, settings))), *PAGES]
