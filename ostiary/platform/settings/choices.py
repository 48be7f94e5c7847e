"""Variables that are one of a few words."""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from ostiary.platform.settings.accepting import accepts

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


AppEnv = Annotated[
    Literal["development", "test", "staging", "production"],
    accepts(
        one_of("development", "test", "staging", "production"),
        "development, test, staging or production (NODE_ENV counts while it is unset)",
    ),
]
Guard = Annotated[
    Literal["secret", "cidr", "none"],
    accepts(one_of("secret", "cidr", "none"), "secret, cidr or none"),
]
LogLevel = Annotated[str, accepts(level, "debug, info, warning, error or critical")]
Switch = Annotated[bool, accepts(switch, "true, false, 1, 0, yes or no")]
