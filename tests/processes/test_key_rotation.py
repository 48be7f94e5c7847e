"""Neither a new signing key nor a new secret refuses a request, but for what an emergency ends."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import jwt
import pytest

from tests.forger import parts
from tests.processes.replicas import Balancer, Replica
from tests.processes.stage import FULL, PASSWORD, Stage, open_stage, temporary_home, wait_until

LOAD_SECONDS = 60 if FULL else 0
PEOPLE = 3 if FULL else 2
# Leaves the processor to those who start meanwhile.
PAUSE_SECONDS = 0.02 if FULL else 0.1
NEW = "another secret for rehearsals that is as long"
OSTIARY = str(Path(sys.executable).with_name("ostiary"))
ME = "/v1/auth/me"
JWKS = "/.well-known/jwks.json"
MOST_OF_THE_PUBLICATION = """
UPDATE signing_key SET published_at = published_at - interval '587 seconds',
    active_at = active_at - interval '587 seconds',
    retiring_at = retiring_at - interval '587 seconds', gone_at = gone_at - interval '587 seconds'
"""


@dataclass
class Life:
    """Register, log in, look, refresh, look with the first token, and again."""

    balancer: Balancer
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    by_kid: dict[str, str] = field(default_factory=dict)
    stopped: Event = field(default_factory=Event)

    def live(self) -> None:
        while not self.stopped.is_set():
            known = {"email": f"{time.monotonic_ns()}@example.com", "password": PASSWORD}
            self.send("POST", "/v1/auth/register", **known)
            tokens = self.send("POST", "/v1/auth/login", **known)
            first = tokens["access_token"]
            for _ in range(3):
                self.send("GET", ME, tokens["access_token"])
                token = tokens["refresh_token"]
                tokens = self.send("POST", "/v1/auth/refresh", refresh_token=token)
                self.send("GET", ME, first)

    def send(self, method: str, path: str, bearer: str = "", **body: Any) -> Any:
        time.sleep(PAUSE_SECONDS)
        with self.balancer.next() as replica:
            answered = replica.ask(method, path, bearer, **body)
        self.answers[path, answered.status_code] += 1
        document = answered.json()
        if "access_token" in document:
            self.by_kid[parts(document["access_token"])[0]["kid"]] = document["access_token"]
        return document


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Nobody waits for letters here, and a hash costs next to nothing."""
    cheap = {"PASSWORD_HASH": "argon2id:m=8,t=1,p=1", "WEB_CONCURRENCY": "1"}
    with (
        temporary_home() as home,
        open_stage(home, AUTH_EMAIL_VERIFICATION_REQUIRED="false", **cheap) as stage,
    ):
        yield stage


@pytest.fixture(scope="module")
def balancer(stage: Stage) -> Balancer:
    balancer = Balancer(stage, (Replica("web-1"), Replica("web-2")))
    balancer.everywhere(balancer.start)
    return balancer


@contextmanager
def lived(balancer: Balancer) -> Iterator[Life]:
    life = Life(balancer)
    with ThreadPoolExecutor(PEOPLE) as pool:
        people = [pool.submit(life.live) for _ in range(PEOPLE)]
        try:
            yield life
        finally:
            life.stopped.set()
    for person in people:
        person.result()


def test_a_new_key_and_a_new_secret_refuse_nothing(
    balancer: Balancer, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    old = balancer.stage.environ["SECRET_KEYS"]
    with lived(balancer) as life:
        made = _keys(balancer.stage, "rotate")
        balancer.stage.run(MOST_OF_THE_PUBLICATION)
        wait_until(lambda: balancer.everywhere(_published) == [2, 2])
        jwks = balancer.replicas[0].ask("GET", JWKS).json()
        balancer.restart_one_by_one(f"{NEW},{old}")
        _keys(balancer.stage, "reseal")
        balancer.restart_one_by_one(NEW)
        wait_until(lambda: made["kid"] in life.by_kid)
        time.sleep(max(0.0, began + LOAD_SECONDS - time.monotonic()))
    seconds = time.monotonic() - began
    _say(capsys, f"{seconds:.0f} s, {life.answers.total()} answers: {dict(life.answers)}")
    assert {status for _, status in life.answers} == {200, 201}
    assert len(life.by_kid) == 2
    assert {key["sealed_by"] for key in _keys(balancer.stage, "list")} == {"newest"}
    for token in life.by_kid.values():
        _verify(token, jwks, audience=balancer.stage.url)


def test_an_emergency_refuses_old_tokens_everywhere_within_a_minute(
    balancer: Balancer, capsys: pytest.CaptureFixture[str]
) -> None:
    replica = balancer.replicas[0]
    known = {"email": "ada@example.com", "password": PASSWORD}
    replica.ask("POST", "/v1/auth/register", **known)
    tokens = replica.ask("POST", "/v1/auth/login", **known).json()
    assert balancer.everywhere(_looking_with(tokens)) == [200, 200]
    _keys(balancer.stage, "rotate", "--emergency")
    took = wait_until(lambda: balancer.everywhere(_looking_with(tokens)) == [401, 401], seconds=60)
    _say(capsys, f"refused by both web processes {took:.1f} s after the emergency rotation")
    token = tokens["refresh_token"]
    tokens = replica.ask("POST", "/v1/auth/refresh", refresh_token=token).json()
    assert balancer.everywhere(_looking_with(tokens)) == [200, 200]


def _looking_with(tokens: dict[str, str]) -> Callable[[Replica], int]:
    return lambda replica: replica.ask("GET", ME, tokens["access_token"]).status_code


def _keys(stage: Stage, *words: str) -> Any:
    """`ostiary keys`, with the secrets of the moment."""
    said = subprocess.run(
        [OSTIARY, "keys", *words, "--json"],
        check=True,
        env=stage.environ,
        capture_output=True,
    )
    return json.loads(said.stdout)


def _published(replica: Replica) -> int:
    return len(replica.ask("GET", JWKS).json()["keys"])


def _verify(token: str, jwks: dict[str, Any], *, audience: str) -> None:
    """As somebody else does, with a JWKS that was read before the new key signed."""
    keys = {jwk["kid"]: jwt.PyJWK(jwk).key for jwk in jwks["keys"]}
    jwt.decode(token, keys[parts(token)[0]["kid"]], ["ES256"], audience=audience, issuer=audience)


def _say(capsys: pytest.CaptureFixture[str], line: str) -> None:
    with capsys.disabled():
        print(f"\n  {line}", end=" ")
