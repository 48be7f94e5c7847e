"""The arbiter in Redis: of several watchdogs one speaks, also while Postgres is away."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from ostiary.platform.redis import QuickRedis
from ostiary.watch.alerts.alert import Alert

# Renewed at every look, so that nothing of it is left at the next absence of Postgres.
REMEMBERED = timedelta(minutes=1)
SPOKEN = timedelta(hours=2)
PREFIX = "ostiary:alerts"


@dataclass(frozen=True)
class Arbiter:
    """Everybody is right while Redis is away as well."""

    redis: QuickRedis

    def claim(self, alert: Alert) -> Alert:
        """The alert of that rule that was first, this one or another's."""
        key, document = _key(alert.rule), orjson.dumps(asdict(alert))
        if self.redis.ask(lambda redis: redis.set(key, document, nx=True, ex=REMEMBERED)):
            return alert
        return self.find(alert.rule) or alert

    def find(self, rule: str) -> Alert | None:
        """And remembers it for longer."""
        held = self.redis.ask(lambda redis: redis.getex(_key(rule), ex=REMEMBERED))
        return _read(str(held)) if held else None

    def may_speak(self, occasion: str) -> bool:
        """True for the first who asks."""
        key = f"{PREFIX}:said:{occasion}"
        is_first = self.redis.ask(lambda redis: redis.set(key, "", nx=True, ex=SPOKEN))
        return bool(is_first) or self.redis.is_away

    def forget(self, rules: Iterable[str]) -> None:
        keys = [_key(rule) for rule in rules]
        if keys:
            self.redis.ask(lambda redis: redis.delete(*keys))


def _key(rule: str) -> str:
    return f"{PREFIX}:{rule}"


def _read(document: str) -> Alert | None:
    try:
        known = orjson.loads(document)
        moments = {name: _moment(known[name]) for name in known if name.endswith("_at")}
        knower = known["acknowledged_by"]
        known |= {"id": UUID(known["id"]), "acknowledged_by": knower and UUID(knower)}
        return Alert(**known | moments)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
