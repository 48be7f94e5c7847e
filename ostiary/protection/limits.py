"""Rate limits: how often one client, the networks around it and one recipient may cause work."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple

import structlog

from ostiary.errors import Unavailable
from ostiary.platform import metrics
from ostiary.platform.settings import Rate
from ostiary.protection.counters import Counters, Left
from ostiary.protection.networks import networks_of

log = structlog.get_logger()

Policy = Literal["login", "register", "refresh", "token", "mail"]
# `proof` proves an e-mail address, or says that it has an account already.
LetterKind = Literal["proof", "reset", "unlock", "new_device"]

# All clients together, where each request may add a row and a letter: so many times what one has.
EVERYBODY = "everybody"
TIMES_EVERYBODY = 1000


class Taken(NamedTuple):
    """What is left of a limit, for the headers of draft-ietf-httpapi-ratelimit-headers.

    `rate` is what one client has, and `remaining` what the tightest of its networks has left.
    """

    policy: Policy
    rate: Rate
    remaining: int
    resets_in: timedelta

    @property
    def is_exceeded(self) -> bool:
        return self.remaining < 0

    @property
    def given_back(self) -> "Taken":
        return self._replace(remaining=self.remaining + 1)


@dataclass(frozen=True)
class Limits:
    """A policy that is off takes nothing."""

    counters: Counters
    rates: dict[Policy, Rate | None]

    def take(self, policy: Policy, ip: str) -> Taken | None:
        """One of the requests that a client has left; None where the policy is off."""
        return self._take(policy, _shares(policy, ip))

    def give_back(self, policy: Policy, ip: str) -> None:
        """What `take` took for nothing, from the client and from every network around it."""
        self._give_back(policy, _shares(policy, ip))

    @property
    def mode(self) -> Literal["redis", "postgres"]:
        """What counts just now."""
        redis = self.counters.redis
        return "postgres" if redis is None or redis.is_away else "redis"

    def allows_letter(self, kind: LetterKind, recipient: str) -> bool:
        """Each kind is counted by itself, so that none keeps a recipient from another."""
        taken = self._take("mail", _letters(kind, recipient))
        return taken is None or not taken.is_exceeded

    @contextmanager
    def promising_letter(self, kind: LetterKind, recipient: str) -> Iterator[bool]:
        """Whether a letter may be promised inside; one that Postgres did not take costs nothing.

        Or whoever comes again through an outage, as told, has no letter left when it is over.
        """
        allowed = self.allows_letter(kind, recipient)
        try:
            yield allowed
        except Unavailable:
            if allowed:
                self._give_back("mail", _letters(kind, recipient))
            raise

    def _take(self, policy: Policy, shares: dict[str, int]) -> Taken | None:
        """`shares` says under which names it is counted, and how many times the rate each has."""
        rate = self.rates[policy]
        if rate is None:
            return None
        limits = {_key(policy, whom): rate.count * times for whom, times in shares.items()}
        left = self.counters.count(limits, rate.window)
        taken = Taken(policy, rate, left.remaining, left.resets_in)
        if taken.is_exceeded:
            _note(policy, left)
        return taken

    def _give_back(self, policy: Policy, shares: dict[str, int]) -> None:
        if self.rates[policy] is not None:
            self.counters.give_back(_key(policy, whom) for whom in shares)


def _shares(policy: Policy, ip: str) -> dict[str, int]:
    """Widest first."""
    everybody = {EVERYBODY: TIMES_EVERYBODY} if policy == "register" else {}
    return {**everybody, **dict(networks_of(ip).each())}


def _letters(kind: LetterKind, recipient: str) -> dict[str, int]:
    return {f"{kind}:{recipient}": 1}


def _key(policy: Policy, whom: str) -> str:
    return f"rate_limit:{{{policy}:{whom}}}"


def _note(policy: Policy, left: Left) -> None:
    metrics.rate_limited.add(policy)
    if left.key == _key(policy, EVERYBODY):
        log.warning("everybody_rate_limited", policy=policy)
