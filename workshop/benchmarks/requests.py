"""What is asked of the API: the bytes of the next request on each connection."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

from workshop.benchmarks.jobs import Plan
from workshop.benchmarks.people import PASSWORD, address_of, client_of, device_token_of, number_of

# The number of the connection, and the body of the last answer on it, if that was a good one.
Ask = Callable[[int, bytes], bytes]


def get(path: str, **headers: str) -> bytes:
    return _request("GET", path, b"", headers)


def post(path: str, body: dict[str, Any], **headers: str) -> bytes:
    sent = json.dumps(body).encode()
    return _request("POST", path, sent, {"Content-Type": "application/json", **headers})


def _request(method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    named = {"Host": "localhost", "User-Agent": "benchmark", "Accept": "*/*", **headers}
    if body:
        named["Content-Length"] = str(len(body))
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body


def _unchanged(path: str) -> Callable[[Plan], Ask]:
    request = get(path)
    return lambda _plan: lambda _connection, _answer: request


def _log_in(plan: Plan, *, knows_device: bool = False, password: str = PASSWORD) -> Ask:
    """Each time somebody else, from another client; `material` says whose passwords cost what."""
    numbers = count(plan.first)
    (kind,) = plan.material

    def ask(_connection: int, _answer: bytes) -> bytes:
        number = next(numbers)
        account = number_of(kind, number, plan.accounts)
        device = {"X_Device_Token": device_token_of(kind, account)} if knows_device else {}
        body = {"email": address_of(kind, account), "password": password}
        return post("/v1/auth/login", body, X_Forwarded_For=client_of(number), **device)

    return ask


def _log_in_on_device(plan: Plan) -> Ask:
    return _log_in(plan, knows_device=True)


def _guess(plan: Plan) -> Ask:
    return _log_in(plan, password="eleven tidy umbrellas")


def _register(plan: Plan) -> Ask:
    numbers = count(plan.first)

    def ask(_connection: int, _answer: bytes) -> bytes:
        number = next(numbers)
        body = {"email": f"new-{number}@example.com", "password": PASSWORD}
        return post("/v1/auth/register", body, X_Forwarded_For=client_of(number))

    return ask


def _me(plan: Plan) -> Ask:
    """`material` has access tokens, shared out among the connections."""
    requests = [get("/v1/auth/me", Authorization=f"Bearer {each}") for each in plan.material]
    turns = count()
    return lambda _connection, _answer: requests[next(turns) % len(requests)]


def _refresh(plan: Plan) -> Ask:
    """`material` has a refresh token for each connection, which then goes on with the newest."""
    numbers = count(plan.first)
    tokens = dict(enumerate(plan.material))

    def ask(connection: int, answer: bytes) -> bytes:
        if answer:
            tokens[connection] = json.loads(answer)["refresh_token"]
        body = {"refresh_token": tokens[connection]}
        return post("/v1/auth/refresh", body, X_Forwarded_For=client_of(next(numbers)))

    return ask


def _knock_when_locked(plan: Plan) -> Ask:
    """`material` has locked addresses; each knock comes from another client."""
    numbers = count(plan.first)

    def ask(connection: int, _answer: bytes) -> bytes:
        email = plan.material[connection % len(plan.material)]
        body = {"email": email, "password": PASSWORD}
        return post("/v1/auth/login", body, X_Forwarded_For=client_of(next(numbers)))

    return ask


def _knock_when_limited(plan: Plan) -> Ask:
    """One client, which has used up its limit."""
    body = {"email": address_of("cheap", 0), "password": PASSWORD}
    request = post("/v1/auth/login", body, X_Forwarded_For=client_of(plan.first))
    return lambda _connection, _answer: request


ASKS: dict[str, Callable[[Plan], Ask]] = {
    "hello": _unchanged("/hello"),
    "health": _unchanged("/health"),
    "login": _log_in,
    "login on a device": _log_in_on_device,
    "guess": _guess,
    "register": _register,
    "me": _me,
    "refresh": _refresh,
    "locked": _knock_when_locked,
    "limited": _knock_when_limited,
}
