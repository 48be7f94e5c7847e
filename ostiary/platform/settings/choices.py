"""Variables that are words: one of a few, or a name."""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from ostiary.platform.settings.accepting import accepts

LONGEST_NAME: Final = 100
MEANINGS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def one_of(*words: str) -> Callable[[str], str]:
    def choose(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return choose


def level(text: str) -> str:
    return one_of("debug", "info", "warning", "error", "critical")(text.lower())


def switch(text: str) -> bool:
    return MEANINGS[one_of(*MEANINGS)(text.lower())]


def name(text: str) -> str:
    """What people read: something other than blanks, on a line that is not too long."""
    if not 1 <= len(text.strip()) <= LONGEST_NAME:
        raise ValueError(text)
    return text.strip()


AppEnv = Annotated[
    Literal["development", "test", "staging", "production"],
    accepts(
        one_of("development", "test", "staging", "production"),
        "development, test, staging or production (NODE_ENV counts while it is unset)",
    ),
]
AppName = Annotated[str, accepts(name, "a name of 1 to 100 characters")]
Guard = Annotated[
    Literal["secret", "cidr", "none"],
    accepts(one_of("secret", "cidr", "none"), "secret, cidr or none"),
]
LogLevel = Annotated[str, accepts(level, "debug, info, warning, error or critical")]
Switch = Annotated[bool, accepts(switch, "true, false, 1, 0, yes or no")]
