"""The broker's own configuration: asks for the password, forgets nothing, grows no further."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import AuthenticationError, Redis, RedisError

from tests.compose_file import SERVICES, make_secrets
from tests.processes.stage import wait_until
from tests.servers import redis_program
from tests.source_tree import HOUSE
from workshop.harness.ports import free_port


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Started by the command of compose.prod.yml, but for paths and the program."""
    make_secrets(tmp_path)
    port, program = free_port(), str(redis_program().path)
    configuration = (HOUSE / "docs/ops/compose/redis.conf").read_text()
    configuration = configuration.replace("/run/redis/", f"{tmp_path}/").replace(
        "/data", str(tmp_path)
    )
    (tmp_path / "redis.conf").write_text(f"{configuration}\nport {port}\nbind 127.0.0.1\n")
    command = SERVICES["redis"]["command"][-1].replace("$$", "$").replace("redis-server", program)
    for theirs in ("/run/secrets/", "/run/redis/", "/etc/"):
        command = command.replace(theirs, f"{tmp_path}/")
    server = subprocess.Popen(["sh", "-c", command], stdout=subprocess.DEVNULL)
    yield port
    server.terminate()
    assert server.wait(10) == 0


def is_there(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def test_it_is_the_broker_that_ostiary_needs(port: int, tmp_path: Path) -> None:
    password = (tmp_path / "redis_password").read_text().strip()
    client = Redis(port=port, password=password, decode_responses=True)
    wait_until(lambda: is_there(client))
    wanted = {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec"}
    assert client.config_get(*wanted) == wanted
    with pytest.raises(AuthenticationError):
        Redis(port=port).ping()
