"""What Ostiary is meant to reach on any machine, as far as a figure can say."""

from typing import NamedTuple


class Goal(NamedTuple):
    """`of` names the figure; it is to be at least, or else at most, the bound."""

    of: str
    bound: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def told(self, value: float) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{NAMES[self.of]}{sign} {self.bound:g}: {'met' if self.is_met(value) else 'missed'}"


NAMES = {"ratio": "", "value": "", "web_ms": "web's CPU ", "p99_ms": "p99 "}

OF_TRIALS = {
    "health": Goal("ratio", 0.85, at_least=True),
    "me": Goal("ratio", 0.45, at_least=True),
    "refresh": Goal("ratio", 0.35, at_least=True),
    "locked": Goal("ratio", 0.45, at_least=True),
    "hash": Goal("ratio", 1.4, at_least=True),
    "login": Goal("ratio", 0.95, at_least=True),
    "storm_login": Goal("ratio", 0.75, at_least=True),
    "storm_me": Goal("p99_ms", 25),
    "cheap_login": Goal("web_ms", 2.5),
    "cheap_register": Goal("web_ms", 4),
}
OF_FIGURES = {
    "from start to the first 200": Goal("value", 1),
    "web with two processes at rest, PSS": Goal("value", 250),
    "a worker's child, its own": Goal("value", 45),
    "letters, 2 children": Goal("value", 150, at_least=True),
}
