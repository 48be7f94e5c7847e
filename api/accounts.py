"""How an account looks in requests and answers."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.http.schemas import Answer, Moment
from ostiary.accounts.roles import ROLE_PATTERN

Email = Annotated[str, Field(min_length=1, max_length=320, examples=["ada@example.com"])]
Password = Annotated[str, Field(min_length=1, examples=["correct horse battery"])]
# How long one has to be is said by the policy of passwords, with a code of its own.
ChosenPassword = Annotated[str, Field(examples=["correct horse battery"])]
DisplayName = Annotated[str, Field(min_length=1, max_length=100, examples=["Ada"])]
Locale = Annotated[
    str,
    Field(
        max_length=35,
        pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        description="The language of letters, as a tag of BCP 47",
        examples=["en"],
    ),
]
Role = Annotated[str, Field(pattern=ROLE_PATTERN, examples=["editor"])]
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
