"""A private Postgres and Redis start anywhere, keep their data and can be made to fail."""

import os
import shutil
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ostiary.dev.binaries import (
    find_postgres,
    find_redis,
    shipped_postgres_folders,
    shipped_redis_folders,
)
from ostiary.dev.errors import CannotStart
from ostiary.dev.kinship import descendants, find_process
from ostiary.dev.ports import ensure_free, free_port
from ostiary.dev.postgres import EmbeddedPostgres, find_major
from ostiary.dev.redis import EmbeddedRedis
from ostiary.dev.state import State, sole_use
from ostiary.dev.unprivileged import is_reachable, reachable_home

SSL_REQUEST = struct.pack("!ii", 8, 80877103)


def ask(url: str, question: str = "SELECT 1") -> object:
    with closing(psycopg2.connect(url, connect_timeout=2)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(question)
            rows = cursor.fetchall() if cursor.description else []
            return rows[0][0] if rows else None


def is_silent(port: int) -> bool:
    """Whether a Postgres there leaves a client's very first question open."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.3) as connection:
        connection.sendall(SSL_REQUEST)
        try:
            return not connection.recv(1)
        except TimeoutError:
            return True


@pytest.fixture(scope="module")
def own_postgres(servers_home: Path) -> Iterator[EmbeddedPostgres]:
    home = servers_home / "own"
    with EmbeddedPostgres(home=home, durable=False) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(home=tmp_path) as server:
        yield server


class TestPostgres:
    def test_answers_on_the_loopback_only(self, own_postgres: EmbeddedPostgres) -> None:
        assert ask(own_postgres.url, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(own_postgres.url, "SHOW unix_socket_directories") == ""

    def test_refuses_another_password(self, own_postgres: EmbeddedPostgres) -> None:
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            ask(own_postgres.url.replace(own_postgres.password, "guess"))

    def test_speaks_utf_8_and_compares_by_code_point(self, own_postgres: EmbeddedPostgres) -> None:
        assert ask(own_postgres.url, "SHOW server_encoding") == "UTF8"
        assert ask(own_postgres.url, "SELECT 'Z' < 'a' AND lower('Ä') = 'ä'") is True

    def test_is_never_run_by_root(self, own_postgres: EmbeddedPostgres) -> None:
        assert own_postgres.data.stat().st_uid != 0
        assert stat.S_IMODE(own_postgres.data.stat().st_mode) == 0o700

    def test_keeps_data_and_port_when_restarted(self, own_postgres: EmbeddedPostgres) -> None:
        ask(own_postgres.url, "CREATE TABLE kept AS SELECT 7 AS number")
        own_postgres.restart()
        assert ask(own_postgres.url, "SELECT number FROM kept") == 7

    def test_comes_back_after_being_killed(self, own_postgres: EmbeddedPostgres) -> None:
        own_postgres.kill()
        with pytest.raises(psycopg2.OperationalError, match="refused"):
            ask(own_postgres.url)
        own_postgres.start()
        assert ask(own_postgres.url) == 1

    def test_accepts_connections_but_answers_none_while_frozen(
        self, own_postgres: EmbeddedPostgres
    ) -> None:
        own_postgres.freeze()
        assert is_silent(own_postgres.port)
        own_postgres.thaw()
        assert not is_silent(own_postgres.port)

    def test_stops_even_when_frozen_and_leaves_no_process(
        self, own_postgres: EmbeddedPostgres
    ) -> None:
        family = [own_postgres.pid, *descendants(own_postgres.pid)]
        own_postgres.freeze()
        own_postgres.stop()
        own_postgres.stop()
        assert [pid for pid in family if find_process(pid)] == []
        own_postgres.start()

    def test_ends_the_one_that_a_killed_run_left(self, own_postgres: EmbeddedPostgres) -> None:
        orphan = own_postgres.pid
        heir = EmbeddedPostgres(
            home=own_postgres.home,
            port=own_postgres.port,
            password=own_postgres.password,
            program=own_postgres.program,
        )
        heir.settle()
        own_postgres.stop()
        assert find_process(orphan) is None
        assert heir.port == own_postgres.port
        own_postgres.start()

    def test_forgets_everything_when_settled_afresh(self, servers_home: Path) -> None:
        with EmbeddedPostgres(home=servers_home / "fresh", durable=False) as server:
            ask(server.url, "CREATE TABLE kept AS SELECT 7 AS number")
        server.settle(fresh=True)
        with server, pytest.raises(psycopg2.errors.UndefinedTable):
            ask(server.url, "SELECT number FROM kept")

    def test_says_when_its_password_is_lost(self, own_postgres: EmbeddedPostgres) -> None:
        own_postgres.stop()
        stranger = EmbeddedPostgres(home=own_postgres.home, program=own_postgres.program)
        with pytest.raises(CannotStart, match="--fresh"):
            stranger.start()
        own_postgres.start()

    def test_says_in_its_own_words_why_it_does_not_start(self, servers_home: Path) -> None:
        server = EmbeddedPostgres(home=servers_home / "broken")
        server.data.mkdir(parents=True)
        (server.data / "PG_VERSION").write_text("15")
        with pytest.raises(CannotStart, match=r"postgresql\.conf"):
            server.start()


class TestRedis:
    def test_refuses_to_answer_without_the_password(self, own_redis: EmbeddedRedis) -> None:
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=own_redis.port, retry=Retry(NoBackoff(), 0)).ping()

    def test_keeps_what_a_client_wrote_before_a_crash(self, own_redis: EmbeddedRedis) -> None:
        own_redis.client().set("kept", "7")
        own_redis.kill()
        own_redis.start()
        assert own_redis.client().get("kept") == b"7"

    def test_never_evicts(self, own_redis: EmbeddedRedis) -> None:
        policy = own_redis.client().config_get("maxmemory-policy")
        assert policy == {"maxmemory-policy": "noeviction"}

    def test_hangs_while_frozen(self, own_redis: EmbeddedRedis) -> None:
        own_redis.freeze()
        with pytest.raises(redis.TimeoutError):
            own_redis.client().ping()
        own_redis.thaw()
        assert own_redis.client().ping()

    def test_does_not_show_its_password_among_the_processes(self, own_redis: EmbeddedRedis) -> None:
        found = find_process(own_redis.pid)
        assert found
        assert own_redis.password not in found.command
        assert stat.S_IMODE((own_redis.home / "redis.conf").stat().st_mode) == 0o600

    def test_ends_the_one_that_a_killed_run_left(self, own_redis: EmbeddedRedis) -> None:
        heir = EmbeddedRedis(home=own_redis.home, port=own_redis.port, password=own_redis.password)
        heir.settle()
        assert heir.port == own_redis.port
        with heir:
            assert heir.client().ping()

    def test_moves_when_a_stranger_has_its_port(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            server = EmbeddedRedis(home=tmp_path, port=taken.getsockname()[1])
            server.settle()
            assert server.port != taken.getsockname()[1]


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

    def test_keeps_to_the_version_that_made_the_data(self, own_postgres: EmbeddedPostgres) -> None:
        assert find_major(own_postgres.home) == own_postgres.program.major
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
            assert ask(server.url) == 1
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
