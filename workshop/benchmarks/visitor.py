"""What has to have happened before a measurement: sessions begun, addresses locked."""

import json
from http.client import HTTPConnection

from workshop.benchmarks.people import CHEAP, PASSWORD, address_of, client_of, device_token_of
from workshop.benchmarks.stack import Stack
from workshop.harness.ports import LOOPBACK

WRONG = "eleven tidy umbrellas"


def sessions(stack: Stack, number: int) -> list[dict[str, str]]:
    """The tokens of so many people, each logged in once, on a device that is known.

    Whoever guesses at few accounts locks their addresses, though not for these devices.
    """
    first = stack.fresh_numbers()
    return [json.loads(_log_in_at_home(stack, first + each)[1]) for each in range(number)]


def locked_addresses(stack: Stack, number: int) -> list[str]:
    """Of nobody: an address that has no account is locked like any other."""
    first, limit = stack.fresh_numbers(), stack.settings.login_max_attempts
    for each in range(number * limit):
        _log_in(stack, first + each, WRONG, _nobody(first + each // limit))
    return [_nobody(first + each) for each in range(number)]


def spend_limit(stack: Stack, number: int) -> None:
    """One client asks as often as it may."""
    rate = stack.settings.rate_limit_login
    for _ in range(rate.count if rate else 0):
        _log_in(stack, number, PASSWORD, address_of(CHEAP, 0))


def _nobody(number: int) -> str:
    return f"nobody-{number}@example.com"


def _log_in_at_home(stack: Stack, number: int) -> tuple[int, bytes]:
    account = number % stack.accounts
    device = {"X-Device-Token": device_token_of(CHEAP, account)}
    return _log_in(stack, number, PASSWORD, address_of(CHEAP, account), **device)


def _log_in(
    stack: Stack, number: int, password: str, email: str, **headers: str
) -> tuple[int, bytes]:
    connection = HTTPConnection(LOOPBACK, stack.door.port)
    headers |= {"Content-Type": "application/json", "X-Forwarded-For": client_of(number)}
    body = json.dumps({"email": email, "password": password})
    connection.request("POST", "/v1/auth/login", body, headers)
    answered = connection.getresponse()
    told = answered.status, answered.read()
    connection.close()
    return told
