"""A cursor is read by Ostiary alone: whatever it did not write is refused."""

import string
from uuid import UUID

import pytest
from pydantic import ValidationError

from api.http.paging import Paging, cursor_after

LAST = UUID("01a20799-e9a6-743a-8609-6faab50c5d60")
WRITTEN = cursor_after(LAST)
LETTERS = string.ascii_letters + string.digits + "-_=é "


def test_a_cursor_is_read_as_it_was_written() -> None:
    assert Paging.model_validate({"cursor": WRITTEN}).cursor == LAST


@pytest.mark.parametrize("place", range(len(WRITTEN)))
def test_no_character_of_it_may_be_another(place: int) -> None:
    for letter in set(LETTERS) - {WRITTEN[place]}:
        with pytest.raises(ValidationError):
            Paging(cursor=WRITTEN[:place] + letter + WRITTEN[place + 1 :])  # type: ignore[arg-type]


@pytest.mark.parametrize("cursor", ["", "=", WRITTEN[:-1], WRITTEN + "=", WRITTEN * 2, str(LAST)])
def test_nor_may_it_be_cut_or_made_up(cursor: str) -> None:
    with pytest.raises(ValidationError):
        Paging.model_validate({"cursor": cursor})
