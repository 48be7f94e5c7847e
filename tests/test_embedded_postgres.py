"""A private Postgres keeps its data to itself and can be made to fail."""

import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from workshop.harness.errors import CannotStart
from workshop.harness.postgres import EmbeddedPostgres
from workshop.harness.process_tree import descendants, find_process

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
