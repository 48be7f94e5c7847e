"""Refusals that belong to HTTP: what is wrong with a request before any verb has seen it."""

from dataclasses import dataclass

from ostiary.errors import Refusal


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request, found at a JSON pointer or in a query parameter.

    The numbers are beside the message, so that a client can word the code in its own language.
    """

    code: str
    message: str
    pointer: str | None = None
    parameter: str | None = None
    minimum: int | None = None
    maximum: int | None = None

    def as_dict(self) -> dict[str, str | int]:
        return {name: value for name, value in vars(self).items() if value is not None}


class MalformedJson(Refusal):
    code = "malformed_json"
    title = "The body cannot be read as JSON."


class LengthRequired(Refusal):
    code = "length_required"
    title = "A body needs a Content-Length."


class BodyTooLarge(Refusal):
    code = "body_too_large"
    title = "The body is larger than 16,384 bytes."


class UnsupportedMediaType(Refusal):
    code = "unsupported_media_type"
    title = "The body is not of a type this route takes."


class ValidationFailed(Refusal):
    code = "validation_failed"
    title = "The request is not what this route expects."

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


class Forbidden(Refusal):
    code = "forbidden"
    title = "The account may not do this."


class CrossSite(Refusal):
    code = "cross_site"
    title = "The form was sent from another site."

    def __init__(self) -> None:
        super().__init__("Open the link in the letter, and send the form of its page.")


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    title = "The route does not know this method."


class InternalError(Refusal):
    code = "internal_error"
    title = "Ostiary made a mistake."
