"""The problem document as a schema."""

from pydantic import BaseModel, Field

from api.refusals import Fault


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(description="A page that explains the code")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable; decide by this one")
    request_id: str
    errors: list[Fault] = Field(default=[], description="What is wrong with which field")
