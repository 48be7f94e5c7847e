"""The problem document as a schema."""

from pydantic import BaseModel, Field

from api.http.refusals import Fault


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(description="A page that explains the code")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable; decide by this one")
    request_id: str
    errors: list[Fault] = Field(
        default=[],
        description="Everything that is wrong with the fields, each fault with a stable code; "
        "its minimum or maximum is beside the message, to be worded in another language",
    )
