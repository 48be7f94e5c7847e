"""W3C Trace Context: which `traceparent` and `tracestate` are taken, and which are as good as none.

The rules are those of https://www.w3.org/TR/trace-context/.
"""

import re

MOST_MEMBERS = 32
# The standard asks for no less; more is dropped whole.
MOST_CHARACTERS = 512

_traceparent = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})"
    r"-(?P<ids>(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<rest>-.*)?"
).fullmatch
_member = re.compile(
    r"(?P<key>[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
    r"=[ -+\--<>-~]{0,255}[!-+\--<>-~]"
).fullmatch
# Sampled, and random trace id.
_KNOWN_FLAGS = 0b11


def accept(traceparent: str, tracestate: str = "") -> dict[str, str]:
    """The headers to go on with; empty when `traceparent` is invalid."""
    found = _traceparent(traceparent)
    if found is None or (found["version"] == "00" and found["rest"]):
        return {}
    state = _accept_state(tracestate)
    headers = {"traceparent": _in_our_version(found)}
    return headers | {"tracestate": state} if state else headers


def trace_id_of(traceparent: str) -> str:
    return traceparent[3:35]


def _in_our_version(found: re.Match[str]) -> str:
    """As it came, or what version 00 can say of a later one."""
    if found["version"] == "00":
        return found[0]
    return f"00-{found['ids']}-{int(found['flags'], 16) & _KNOWN_FLAGS:02x}"


def _accept_state(tracestate: str) -> str:
    """The whole list or nothing: one bad member spoils it."""
    given = [member.strip(" \t") for member in tracestate.split(",")]
    members = [member for member in given if member]
    keys = {found["key"] for member in members if (found := _member(member))}
    state = ",".join(members)
    is_good = len(keys) == len(members) <= MOST_MEMBERS and len(state) <= MOST_CHARACTERS
    return state if is_good else ""
