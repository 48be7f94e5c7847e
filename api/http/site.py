"""The service that people have their accounts at, as the pages behind letters' links name it.

Every page is rendered in one place, and what it is rendered for is known to the settings alone: so
a middleware brings the two together, and no page has to pass it on.
"""

from dataclasses import dataclass
from typing import Any

from falcon import Request, Response

from api.http.operation import Operation, operation_of


@dataclass(frozen=True)
class Site:
    """A middleware that leaves itself in `resp.context.site` of the pages that offer a way back."""

    name: str
    url: str | None
    support_url: str | None

    def process_resource(
        self, req: Request, resp: Response, _resource: object, _path: dict[str, Any]
    ) -> None:
        declared = operation_of(req)
        if declared is not None and _is_behind_a_link(declared):
            resp.context.site = self


def _is_behind_a_link(declared: Operation) -> bool:
    """Such a page takes the token of its link; a page of the documentation takes nothing."""
    return declared.page and (declared.query is not None or declared.form is not None)
