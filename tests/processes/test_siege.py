"""However many guess at once, a budget is never exceeded, and those who know get in."""

import math
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import pytest

from tests.processes.redis_faults import FAULTS
from tests.processes.siege import (
    CONNECTIONS,
    WRONG,
    Answer,
    Knock,
    Visitor,
    address,
    coming,
    guesses_at,
    join,
    lockouts,
    statements_logged,
    storm,
    verified,
)
from tests.processes.stage import FULL, Stage, open_stage, temporary_home, wait_until

LIMIT = 5
LIMIT_OF_A_CLIENT = 50
LOCK_SECONDS = 3
REMEMBERED_SECONDS = 5
SIEGE_SECONDS = 60 if FULL else 8
PAUSE_SECONDS = 0.1 if FULL else 0.25
GUESSES, CLIENTS = (10_000, 1_000) if FULL else (300, 100)
REFUSALS = 5_000 if FULL else 500
REHEARSED = list(FAULTS) if FULL else ["frozen", "flapping every 2 s"]
HOME = "198.51.100.7"
HEADINGS = (
    "Redis is",
    "guesses",
    "verified: answers / rows",
    "at most",
    "locks",
    "letters",
    "honest logins",
    "slowest of them",
    "honest people locked",
)

Table = list[tuple[object, ...]]


@dataclass
class Siege:
    fault: str
    name: str
    guesses: list[Answer] = field(default_factory=list)
    logins: list[Answer] = field(default_factory=list)
    began_at: float = field(default_factory=time.monotonic)
    over_at: float = 0

    @property
    def victim(self) -> str:
        return f"{self.name}@example.com"

    @property
    def honest(self) -> list[str]:
        return [f"{self.name}-{number}@example.com" for number in range(5)]

    @property
    def most(self) -> int:
        """A budget for each lock that fits, each twice as long as the one before, and one more."""
        seconds = self.over_at - self.began_at
        return LIMIT * (1 + math.floor(math.log2(1 + seconds / LOCK_SECONDS)))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Two web processes behind a proxy that says whom it speaks for."""
    with (
        temporary_home() as home,
        open_stage(home, TRUSTED_PROXIES="127.0.0.0/8", RATE_LIMIT_LOGIN="600/m") as stage,
    ):
        stage.environ["RATE_LIMIT_REDIS_URL"] = stage.redis.url
        stage.start("web", "worker", "beat", "watch")
        wait_until(stage.answers)
        wait_until(lambda: stage.get("/ready").json()["status"] == "ready")
        yield stage


@pytest.fixture(scope="module")
def hasty(stage: Stage) -> Stage:
    """Locks for three seconds, then six, then twelve."""
    stage.stop("web")
    stage.environ["AUTH_LOGIN_LOCKOUT_MINUTES"] = str(LOCK_SECONDS / 60)
    stage.start("web")
    wait_until(stage.answers)
    return stage


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    rows: Table = [HEADINGS, ("---",) * len(HEADINGS)]
    yield rows
    print("\n\n" + "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows))


def test_simultaneous_guesses_share_one_budget(stage: Stage) -> None:
    join(stage, "ada@example.com")
    answers = storm(stage, [Knock("ada@example.com", address(n), WRONG) for n in range(200)])
    _say("200 simultaneous wrong guesses", answers)
    assert _statuses(answers) == {401: LIMIT, 429: 200 - LIMIT}
    assert lockouts(stage, "ada@example.com") == 1
    wait_until(lambda: _letters(stage, "ada@example.com"))
    time.sleep(1)
    assert _letters(stage, "ada@example.com") == 1


def test_simultaneous_right_passwords_all_get_in(stage: Stage) -> None:
    join(stage, "bob@example.com")
    right = [Knock("bob@example.com", address(n)) for n in range(20)]
    answers = storm(stage, right, connections=20)
    _say("20 simultaneous right logins", answers)
    assert _statuses(answers) == {200: 20}


def test_a_botnet_neither_gets_in_nor_keeps_the_owner_out(stage: Stage) -> None:
    join(stage, "eve@example.com")
    device = _log_in(stage, Knock("eve@example.com", HOME)).body["device_token"]
    guesses = [Knock("eve@example.com", address(n % CLIENTS), WRONG) for n in range(GUESSES)]
    known = Knock("eve@example.com", HOME, device=device)
    with coming(stage, repeat(known), pause=0.2) as logins:
        answers = storm(stage, guesses)
        time.sleep(1)
    _say(f"{GUESSES} guesses of {CLIENTS} clients", answers)
    _say("the owner's known device meanwhile", logins)
    assert _statuses(answers) == {401: LIMIT, 429: GUESSES - LIMIT}
    assert verified(stage, "eve@example.com") == LIMIT
    assert set(_statuses(logins)) == {200}


def test_one_letter_lets_a_new_device_of_the_owner_in(stage: Stage) -> None:
    wait_until(lambda: _letters(stage, "eve@example.com"))
    (letter,) = stage.mailbox.letters(to="eve@example.com")
    found = re.search(r"token=([\w-]+)", letter.text)
    assert found
    given = stage.post("/v1/auth/unlock", token=found[1]).json()
    new = Knock("eve@example.com", "198.51.100.8", device=given["device_token"])
    assert _log_in(stage, new).status == 200
    assert _log_in(stage, Knock("eve@example.com", HOME)).status == 429


def test_one_password_on_many_accounts_is_stopped(stage: Stage) -> None:
    emails = [f"sprayed-{number}@example.com" for number in range(200)]
    join(stage, *emails)
    answers = storm(stage, [Knock(email, "203.0.113.9", WRONG) for email in emails])
    _say("one password on 200 accounts", answers)
    statuses = _statuses(answers)
    assert statuses[401] == LIMIT_OF_A_CLIENT
    assert statuses.keys() <= {401, 429}
    assert lockouts(stage, *emails) == 0
    assert _log_in(stage, Knock(emails[0], HOME)).status == 200


def test_a_storm_on_a_locked_address_asks_postgres_nothing(stage: Stage) -> None:
    join(stage, "ivy@example.com")
    storm(stage, [Knock("ivy@example.com", address(n), WRONG) for n in range(10)], connections=1)
    knocks = [Knock("ivy@example.com", address(n)) for n in range(REFUSALS)]
    with statements_logged(stage):
        began, before = time.monotonic(), _statements(stage)
        answers = storm(stage, knocks)
        took, asked = time.monotonic() - began, _statements(stage) - before
    _say(f"{REFUSALS / took:.0f} refusals/s, {asked / REFUSALS:.3f} statements each", answers)
    assert _statuses(answers) == {429: REFUSALS}
    assert asked < REFUSALS / 10 * (1 + took // REMEMBERED_SECONDS)
    assert verified(stage, "ivy@example.com") == LIMIT


def test_the_right_password_works_after_retry_after(hasty: Stage) -> None:
    join(hasty, "joe@example.com")
    for number in range(LIMIT):
        assert _log_in(hasty, Knock("joe@example.com", address(number), WRONG)).status == 401
    refused = _log_in(hasty, Knock("joe@example.com", HOME))
    assert refused.body["code"] == "login_locked"
    time.sleep(refused.retry_after)
    assert _log_in(hasty, Knock("joe@example.com", HOME)).status == 200


@pytest.mark.parametrize("fault", REHEARSED)
def test_whatever_happens_to_redis(hasty: Stage, table: Table, fault: str) -> None:
    siege = _besiege(hasty, fault)
    wait_until(lambda: _letters(hasty, siege.victim) == lockouts(hasty, siege.victim))
    table.append(_row(hasty, siege))
    assert set(_statuses(siege.guesses)) <= {401, 429, 503}
    assert _statuses(siege.guesses)[401] == verified(hasty, siege.victim) <= siege.most
    assert set(_statuses(siege.logins)) == {200}
    assert lockouts(hasty, *siege.honest) == 0


def _besiege(stage: Stage, fault: str) -> Siege:
    """Fifty connections guess at one address, five people log in, and again after the recovery."""
    siege = Siege(fault, fault.replace(" ", "-"))
    people = [repeat(Knock(email, f"198.51.100.{n}")) for n, email in enumerate(siege.honest)]
    join(stage, siege.victim, *siege.honest)
    with (
        coming(stage, guesses_at(siege.victim), pause=PAUSE_SECONDS, connections=CONNECTIONS) as (
            siege.guesses
        ),
        coming(stage, *people, pause=0.5) as siege.logins,
    ):
        FAULTS[fault](stage.redis, SIEGE_SECONDS)
        wait_until(lambda: stage.check("redis") == "up")
    siege.over_at = time.monotonic()
    siege.logins += [_log_in(stage, next(person)) for person in people]
    return siege


def _row(stage: Stage, siege: Siege) -> tuple[object, ...]:
    seen = _statuses(siege.guesses)
    return (
        siege.fault,
        len(siege.guesses),
        f"{seen[401]} / {verified(stage, siege.victim)}",
        siege.most,
        lockouts(stage, siege.victim),
        _letters(stage, siege.victim),
        f"{_statuses(siege.logins)[200]} of {len(siege.logins)}",
        f"{max(login.seconds for login in siege.logins):.2f} s",
        lockouts(stage, *siege.honest),
    )


def _log_in(stage: Stage, knock: Knock) -> Answer:
    return Visitor(stage).log_in_patiently(knock)


def _statuses(answers: Sequence[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def _letters(stage: Stage, email: str) -> int:
    return len(stage.mailbox.letters(to=email))


def _statements(stage: Stage) -> int:
    """About attempts and locks; web looks at other things all the time."""
    said = re.findall(r"^web LOG: .*(?:\n\t.*)*", stage.postgres.log.read_text(), re.MULTILINE)
    return sum("attempt" in each or "lockout" in each for each in said)


def _say(what: str, answers: Sequence[Answer]) -> None:
    slowest = max(answer.seconds for answer in answers)
    print(f"\n  {what}: {dict(_statuses(answers))}, slowest {slowest:.2f} s", end=" ")
