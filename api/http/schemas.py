"""The shapes of what comes in and goes out: every request and answer is one of these models."""

import re
from datetime import UTC, datetime
from typing import Annotated

from falcon import Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, field_validator
from pydantic_core import PydanticCustomError

# Unicode's categories Cc and Cs.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def _in_utc(moment: datetime) -> datetime:
    """One that UTC has no year for is the first or the last that it has."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return FIRST if moment.year == FIRST.year else LAST


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Printable(BaseModel):
    """Refuses control characters and lone surrogates in every string."""

    @field_validator("*")
    @classmethod
    def _printable(cls, value: object) -> object:
        if isinstance(value, str) and UNPRINTABLE.search(value):
            raise PydanticCustomError("unprintable", "Control characters are not allowed.")
        return value


class Body(Printable):
    """A JSON object: exact types, no unknown members."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(Printable):
    """Query parameters: converted from text, none unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Form(BaseModel):
    """Fields of a page; what mail gateways append to links is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Answer(BaseModel):
    """A JSON object in an answer; can be made from any object with the same attributes."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, frozen=True)


def answer(resp: Response, status: int, body: BaseModel | None = None) -> None:
    resp.status = status
    if body is not None:
        resp.content_type = "application/json"
        resp.data = body.model_dump_json().encode()
