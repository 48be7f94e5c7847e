"""Behind Sentinels, whoever is the master now is found, also by those who knew another one."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from ostiary.doctor.finding import Finding
from ostiary.doctor.sentinels import look_at_sentinels
from ostiary.platform.redis import connect_redis
from ostiary.platform.sentinels import Sentinels
from tasks.app import use_broker
from tasks.nudges import Nudges
from tests.sentinels import MASTER, Guarded, open_guarded
from tests.waiting import wait_until

SEVERAL = "sentinel://:p%40ss@a:1;sentinel://b:2/3?master=door"


class TestTheUrl:
    def test_names_the_master(self) -> None:
        assert _found(SEVERAL).master == "door"

    def test_may_leave_the_name_to_custom(self) -> None:
        assert _found("sentinel://a:1").master == "mymaster"

    def test_is_kombus_without_the_name(self) -> None:
        assert _found(SEVERAL).broker_url == "sentinel://:p%40ss@a:1;sentinel://b:2/3"

    def test_has_the_masters_password_and_database(self) -> None:
        options = _found(SEVERAL).connect().connection_pool.connection_kwargs
        assert (options["password"], options["db"]) == ("p@ss", 3)

    def test_may_lead_to_redis_itself(self) -> None:
        assert Sentinels.find("redis://a:1/0") is None


def _found(url: str) -> Sentinels:
    found = Sentinels.find(url)
    assert found
    return found


# A Sentinel that the machine held up for two seconds does nothing for thirty (TILT).
wait_for = partial(wait_until, seconds=90)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with open_guarded(Path(tmp_path_factory.mktemp("sentinels"))) as guarded:
        yield guarded


def test_a_failover_is_followed(guarded: Guarded, redis_url: str) -> None:
    client = connect_redis(guarded.url)
    app = use_broker(guarded.url)
    nudges = Nudges(app)
    wait_until(lambda: _writes(client))
    wait_until(lambda: guarded.replica.client().get("door") == b"ajar")
    assert app.conf.broker_transport_options["master_name"] == MASTER
    guarded.master.kill()
    wait_for(lambda: _writes(client))
    assert client.info("server")["tcp_port"] == guarded.replica.port
    wait_for(lambda: _nudged(nudges, guarded))
    use_broker(redis_url)
    guarded.turn()


class TestTheDoctor:
    @pytest.fixture(autouse=True)
    def _whole(self, guarded: Guarded) -> Iterator[None]:
        guarded.heal()
        wait_for(lambda: found(guarded) == set())
        yield
        guarded.heal()

    def test_misses_a_sentinel_that_is_away(self, guarded: Guarded) -> None:
        guarded.sentinels[0].kill()
        away = Finding("sentinels_away", "REDIS_URL: 1 of 3 do not answer.")
        wait_for(lambda: [*look_at_sentinels("REDIS_URL", guarded.url)] == [away])

    def test_misses_the_sentinels_without_which_nothing_fails_over(self, guarded: Guarded) -> None:
        for sentinel in guarded.sentinels[1:]:
            sentinel.kill()
        wait_for(lambda: found(guarded) == {"sentinels_away", "sentinels_powerless"})

    def test_misses_a_replica_to_fail_over_to(self, guarded: Guarded) -> None:
        guarded.replica.kill()
        wait_for(lambda: found(guarded) == {"sentinels_without_replica"})

    def test_asks_nobody_where_redis_is_alone(self, redis_url: str) -> None:
        assert [*look_at_sentinels("REDIS_URL", redis_url)] == []


def found(guarded: Guarded) -> set[str]:
    return {each.id for each in look_at_sentinels("REDIS_URL", guarded.url)}


def _writes(client: object) -> bool:
    try:
        return bool(client.set("door", "ajar"))  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001
        return False


def _nudged(nudges: Nudges, guarded: Guarded) -> bool:
    nudges.publish("tasks.outbox.relay")
    return bool(guarded.replica.client().llen("sweeps"))
