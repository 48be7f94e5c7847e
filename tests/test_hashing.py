"""A password's hash is the same whichever library makes it, and one of them is quicker."""

import pytest
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from ostiary.platform.argon2id import Argon2id
from ostiary.platform.hashing import open_hashing
from ostiary.platform.settings import Argon2Cost
from ostiary.platform.settings.machine import usable_cores

COSTS = [Argon2Cost(8, 1, 1), Argon2Cost(1000, 3, 1), Argon2Cost(64, 2, 4)]
PASSWORD = "pass\0wörd"


def other(cost: Argon2Cost) -> PasswordHasher:
    return PasswordHasher(
        time_cost=cost.iterations, memory_cost=cost.memory_kib, parallelism=cost.lanes
    )


@pytest.mark.parametrize("cost", COSTS, ids=str)
class TestAHash:
    def test_is_verified_by_the_other_library(self, cost: Argon2Cost) -> None:
        assert other(cost).verify(Argon2id(cost).hash(PASSWORD), PASSWORD)

    def test_of_the_other_library_is_verified(self, cost: Argon2Cost) -> None:
        assert Argon2id(COSTS[0]).verify(other(cost).hash(PASSWORD), PASSWORD)

    def test_is_as_dear_as_it_was_asked_to_be(self, cost: Argon2Cost) -> None:
        assert not Argon2id(cost).check_needs_rehash(Argon2id(cost).hash(PASSWORD))
        assert Argon2id(Argon2Cost(16, 1, 1)).check_needs_rehash(Argon2id(cost).hash(PASSWORD))

    def test_is_never_the_same_twice(self, cost: Argon2Cost) -> None:
        assert Argon2id(cost).hash(PASSWORD) != Argon2id(cost).hash(PASSWORD)

    def test_of_nobody_is_as_dear_and_verified_to_the_end(self, cost: Argon2Cost) -> None:
        hashing = open_hashing(cost, processes=1)
        assert not hashing.is_outdated(hashing.decoy)
        with pytest.raises(VerifyMismatchError):
            other(cost).verify(hashing.decoy, PASSWORD)

    @pytest.mark.parametrize("wrong", ["another", "pass", "", "pass\0wörd ", "PASS\0WÖRD"])
    def test_refuses_another_password(self, cost: Argon2Cost, wrong: str) -> None:
        with pytest.raises(VerifyMismatchError):
            Argon2id(cost).verify(Argon2id(cost).hash(PASSWORD), wrong)


def test_older_kinds_are_left_to_the_other_library() -> None:
    older = PasswordHasher(1, 8, 1, type=Type.I).hash(PASSWORD)
    assert Argon2id(COSTS[0]).verify(older, PASSWORD)


@pytest.mark.parametrize(
    "broken", ["", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$x", "$argon2id$v=19$é", "$argon2id$" * 40]
)
def test_what_is_no_hash_matches_nothing(broken: str) -> None:
    with pytest.raises((InvalidHashError, VerificationError)):
        Argon2id(COSTS[0]).verify(broken, PASSWORD)


@pytest.mark.parametrize(("processes", "share"), [(1, usable_cores()), (1000, 1)])
def test_processes_share_the_cores_for_their_hashes(processes: int, share: int) -> None:
    slots = open_hashing(COSTS[0], processes=processes).slots
    assert [slots.acquire(blocking=False) for _ in range(share + 1)] == [True] * share + [False]
