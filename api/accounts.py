"""How an account looks in requests and answers."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas import Answer, Moment

Email = Annotated[str, Field(min_length=1, max_length=320, examples=["ada@example.com"])]
Password = Annotated[str, Field(min_length=1, examples=["correct horse battery"])]
# How long one has to be is said by the policy of passwords, with a code of its own.
ChosenPassword = Annotated[str, Field(examples=["correct horse battery"])]
DisplayName = Annotated[str, Field(min_length=1, max_length=100, examples=["Ada"])]
LetterToken = Annotated[
    str,
    Field(
        description="From the link in the letter",
        examples=["pX2T8aWq0cJ3vN5kR7mYb1LdE4fGh6ZsUoIiQnKtBwA"],
    ),
]


class Account(Answer):
    id: UUID
    email: str
    display_name: str | None
    email_verified: bool
    roles: list[str]
    created_at: Moment
