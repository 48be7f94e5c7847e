"""User agents in our own words: what a stranger typed is never repeated to anybody."""

import re

# The first that fits, since nearly all of them claim to be most of the others.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "a Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
# Short, and without dots or digits: no address, no number to call, no sentence.
PRODUCT = re.compile(r"[A-Za-z]{2,15}(-[A-Za-z]{1,10}){0,2}(?=[/ ]|$)")


def program_of(user_agent: str) -> str:
    """`Firefox on Linux`, `curl`, or `an unknown program`."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    product = PRODUCT.match(user_agent)
    if product is None or product[0] == "Mozilla":
        return browser or "an unknown program"
    return product[0]


def _first(known: dict[str, str], user_agent: str) -> str | None:
    return next((name for sign, name in known.items() if sign in user_agent), None)
