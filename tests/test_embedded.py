"""The embedded servers run for anybody, from whatever programs and ports there are."""

import os
import shutil
import socket
import stat
from pathlib import Path

import pytest

from workshop.harness.binaries import (
    find_postgres,
    find_redis,
    shipped_postgres_folders,
    shipped_redis_folders,
)
from workshop.harness.errors import CannotStart
from workshop.harness.ports import ensure_free, free_port
from workshop.harness.postgres import EmbeddedPostgres, find_major
from workshop.harness.state import State, sole_use
from workshop.harness.unprivileged import is_reachable, reachable_home


class TestFindingPrograms:
    def test_takes_the_folder_it_is_told(self) -> None:
        (shipped,) = shipped_postgres_folders()
        assert find_postgres(shipped).path == shipped / "postgres"

    def test_finds_the_shipped_ones_new_enough(self) -> None:
        assert find_postgres(shipped_postgres_folders()[0]).version >= (15,)
        assert find_redis(shipped_redis_folders()[0]).version >= (6, 2)

    def test_says_so_when_a_folder_has_none(self, tmp_path: Path) -> None:
        with pytest.raises(CannotStart, match="no Postgres 15 or later"):
            find_postgres(tmp_path)
        with pytest.raises(CannotStart, match=r"no Redis 6\.2 or later"):
            find_redis(tmp_path)

    def test_refuses_one_that_is_too_old(self, tmp_path: Path) -> None:
        old = tmp_path / "postgres"
        old.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
        old.chmod(0o755)
        with pytest.raises(CannotStart, match="no Postgres"):
            find_postgres(tmp_path)

    def test_keeps_to_the_version_that_made_the_data(self, postgres: EmbeddedPostgres) -> None:
        assert find_major(postgres.home) == postgres.program.major
        with pytest.raises(CannotStart, match="no Postgres 99"):
            find_postgres(major=99)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")
class TestAsRoot:
    def test_keeps_data_elsewhere_when_the_folder_is_closed(self, tmp_path: Path) -> None:
        assert not is_reachable(tmp_path / "home")
        assert is_reachable(reachable_home(tmp_path / "home"))

    def test_starts_below_a_closed_folder_without_opening_it(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        with EmbeddedPostgres(home=tmp_path / "home", durable=False) as server:
            assert server.pid
        shutil.rmtree(reachable_home(server.home))
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700

    def test_says_which_program_its_servant_cannot_reach(self, tmp_path: Path) -> None:
        hidden = tmp_path / "postgres"
        hidden.symlink_to(find_postgres().path)
        tmp_path.chmod(0o700)
        assert not is_reachable(tmp_path / "deeper" / "postgres")


class TestPorts:
    def test_in_use_are_all_named_with_the_way_out(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(CannotStart, match=f"port {port} is in use; PORT moves it"):
                ensure_free({"PORT": port, "OTHER": free_port()})

    def test_free_ones_are_passed_over(self) -> None:
        ensure_free({"PORT": free_port()})


class TestState:
    def test_is_the_same_next_time_and_nobody_elses_to_read(self, tmp_path: Path) -> None:
        state = State()
        state.save(tmp_path)
        assert State.load(tmp_path) == state
        assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600

    def test_damaged_says_the_way_out(self, tmp_path: Path) -> None:
        (tmp_path / "state.json").write_text("{")
        with pytest.raises(CannotStart, match="--fresh"):
            State.load(tmp_path)
        assert State.load(tmp_path, forgiving=True)

    def test_belongs_to_one_run_at_a_time(self, tmp_path: Path) -> None:
        with sole_use(tmp_path), pytest.raises(CannotStart, match=f"pid {os.getpid()}"):
            sole_use(tmp_path).__enter__()
