"""Sentinels: who answers, whether enough agree, and who could take the master's place."""

from collections.abc import Iterator, Mapping
from typing import Any

from redis import Redis, RedisError, ResponseError

from ostiary.doctor.finding import Finding
from ostiary.platform.redis import connect_sentinels

DOWN = {"s_down", "o_down", "disconnected"}


def look_at_sentinels(variable: str, url: str) -> Iterator[Finding]:
    """Nothing where the URL leads to Redis itself."""
    master, sentinels = connect_sentinels(url)
    present = [each for each in sentinels if _knows(each, master)]
    if away := len(sentinels) - len(present):
        yield Finding("sentinels_away", f"{variable}: {away} of {len(sentinels)} do not answer.")
    if present:
        yield from _quorum(variable, present[0], master)
        yield from _replicas(variable, present[0], master)


def _knows(sentinel: Redis, master: str) -> bool:
    try:
        return bool(_ask(sentinel, "MASTER", master))
    except (RedisError, OSError):
        return False


def _quorum(variable: str, sentinel: Redis, master: str) -> Iterator[Finding]:
    try:
        _ask(sentinel, "CKQUORUM", master)
    except ResponseError as error:
        yield Finding("sentinels_powerless", f"{variable}: {error}.")


def _replicas(variable: str, sentinel: Redis, master: str) -> Iterator[Finding]:
    known = _ask(sentinel, "REPLICAS", master)
    if not any(_is_in_step(each) for each in known):
        yield Finding("sentinels_without_replica", f"{variable}: of {len(known)} none is in step.")


def _is_in_step(replica: Mapping[str, Any]) -> bool:
    flags = set(str(replica["flags"]).split(","))
    return not DOWN & flags and replica["master-link-status"] == "ok"


def _ask(sentinel: Any, word: str, master: str) -> Any:
    """Untyped in the library."""
    return sentinel.execute_command(f"SENTINEL {word}", master)
