"""A password's hash is the same whichever library makes it, and the quickest one does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Event, get_native_id

import pytest
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from ostiary.errors import Overloaded
from ostiary.platform.argon2id import Sodium, built_for, hasher_of
from ostiary.platform.hashing import NICE, open_hashing
from ostiary.platform.settings import Argon2Cost
from ostiary.platform.settings.machine import usable_cores
from tests.saturation import saturated
from tests.source_tree import HOUSE
from tests.waiting import wait_until

COSTS = [Argon2Cost(8, 1, 1), Argon2Cost(1000, 3, 1), Argon2Cost(64, 2, 4)]
PASSWORD = "pass\0wörd"
BUILD = HOUSE / "docs/ops/argon2.sh"


def by(library: type[PasswordHasher], cost: Argon2Cost) -> PasswordHasher:
    return library(time_cost=cost.iterations, memory_cost=cost.memory_kib, parallelism=cost.lanes)


def sodium(cost: Argon2Cost) -> PasswordHasher:
    return by(Sodium, cost)


def other(cost: Argon2Cost) -> PasswordHasher:
    return by(PasswordHasher, cost)


@pytest.mark.parametrize("cost", COSTS, ids=str)
class TestAHash:
    def test_is_verified_by_the_other_library(self, cost: Argon2Cost) -> None:
        assert other(cost).verify(sodium(cost).hash(PASSWORD), PASSWORD)

    def test_of_the_other_library_is_verified(self, cost: Argon2Cost) -> None:
        assert sodium(COSTS[0]).verify(other(cost).hash(PASSWORD), PASSWORD)

    def test_is_as_dear_as_it_was_asked_to_be(self, cost: Argon2Cost) -> None:
        made = hasher_of(cost).hash(PASSWORD)
        assert not hasher_of(cost).check_needs_rehash(made)
        assert hasher_of(Argon2Cost(16, 1, 1)).check_needs_rehash(made)

    def test_is_never_the_same_twice(self, cost: Argon2Cost) -> None:
        assert sodium(cost).hash(PASSWORD) != sodium(cost).hash(PASSWORD)

    def test_of_nobody_is_as_dear_and_verified_to_the_end(self, cost: Argon2Cost) -> None:
        hashing = open_hashing(cost, processes=1)
        assert not hashing.is_outdated(hashing.decoy)
        with pytest.raises(VerifyMismatchError):
            other(cost).verify(hashing.decoy, PASSWORD)

    @pytest.mark.parametrize("wrong", ["another", "pass", "", "pass\0wörd ", "PASS\0WÖRD"])
    def test_refuses_another_password(self, cost: Argon2Cost, wrong: str) -> None:
        for each in (sodium(cost), other(cost)):
            with pytest.raises(VerifyMismatchError):
                each.verify(each.hash(PASSWORD), wrong)


def test_older_kinds_are_left_to_the_other_library() -> None:
    older = PasswordHasher(1, 8, 1, type=Type.I).hash(PASSWORD)
    assert sodium(COSTS[0]).verify(older, PASSWORD)


@pytest.mark.parametrize(
    "broken", ["", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$x", "$argon2id$v=19$é", "$argon2id$" * 40]
)
def test_what_is_no_hash_matches_nothing(broken: str) -> None:
    with pytest.raises((InvalidHashError, VerificationError)):
        sodium(COSTS[0]).verify(broken, PASSWORD)


class TestHashing:
    @pytest.mark.parametrize(("processes", "share"), [(1, usable_cores()), (1000, 1)])
    def test_takes_a_share_of_the_cores(self, processes: int, share: int) -> None:
        threads, done = open_hashing(COSTS[0], processes=processes).threads, Event()
        begun = [threads.submit(done.wait, 10) for _ in range(share + 1)]
        wait_until(begun[share - 1].running)
        assert not begun[share].running()
        done.set()

    def test_that_nobody_waits_for_any_more_is_not_done(self) -> None:
        hashing = open_hashing(COSTS[0], processes=1000)
        done = list[int]()
        with saturated(hashing), pytest.raises(Overloaded):
            hashing._in_turn(lambda: done.append(1))
        assert hashing.matches(PASSWORD, other(COSTS[0]).hash(PASSWORD))
        assert not done

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority")
    def test_gives_way_to_everything_else(self) -> None:
        threads = open_hashing(COSTS[0], processes=1).threads
        theirs = threads.submit(lambda: os.getpriority(os.PRIO_PROCESS, get_native_id())).result()
        assert theirs == os.getpriority(os.PRIO_PROCESS, get_native_id()) + NICE


class TestArgon2BuiltForAProcessor:
    def test_does_not_hash_on_a_processor_that_has_less(self, tmp_path: Path) -> None:
        older = tmp_path / "cpuinfo"
        older.write_text("flags\t\t: fpu sse2 ssse3 avx2x\n")
        assert isinstance(hasher_of(COSTS[0], cpuinfo=older), Sodium)

    @pytest.mark.skipif(not built_for(), reason="argon2 is not built here")
    def test_hashes_on_one_that_has_it(self, tmp_path: Path) -> None:
        newer = tmp_path / "cpuinfo"
        newer.write_text(f"flags\t\t: fpu {built_for()} sse2\n")
        assert not isinstance(hasher_of(COSTS[0], cpuinfo=newer), Sodium)


class TestTheBuild:
    def test_says_what_is_missing_and_changes_nothing(self, tmp_path: Path) -> None:
        built = self._build(tmp_path)
        assert "argon2 is not built for this processor: " in built.stderr
        assert built.returncode == 0

    def test_fails_where_somebody_asked_for_it(self, tmp_path: Path) -> None:
        assert self._build(tmp_path, "avx2").returncode == 1

    def _build(self, path: Path, *feature: str) -> "subprocess.CompletedProcess[str]":
        """Where there is no compiler."""
        for tool in ("dirname", "grep", "uname"):
            (path / tool).symlink_to(str(shutil.which(tool, path=os.defpath)))
        return subprocess.run(
            ["/bin/sh", BUILD, sys.executable, *feature],
            check=False,
            env={"PATH": str(path)},
            capture_output=True,
            text=True,
        )
