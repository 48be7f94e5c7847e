"""Processes that stand in for Ostiary's own: quick to start, and as obedient as they are told."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

CHECKS = ("postgres", "migrations", "redis", "workers", "beat", "watch")
TOLD = ("DATABASE_URL", "REDIS_URL", "SECRET_KEYS", "PUBLIC_URL", "SMTP_URL", "APP_ENV")


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"checks": {name: {"status": "up"} for name in CHECKS}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def web() -> None:
    """Is ready at once, and tells the settings it was given."""
    say(json.dumps({"event": "told", **{name: os.environ.get(name) for name in TOLD}}))
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Ready).serve_forever()


def clock() -> None:
    """Ends in order when asked to."""
    signal.signal(signal.SIGTERM, leave)
    say(json.dumps({"time": "2026-01-02T03:04:05Z", "level": "info", "event": "ticking"}))
    time.sleep(60)


def leave(_number: int, _frame: object) -> None:
    say("farewell")
    sys.exit()


def stubborn() -> None:
    """Does not end when asked to."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say("never")
    time.sleep(60)


def short() -> None:
    """Ends by itself with exit code 3."""
    sys.exit(3)


if __name__ == "__main__":
    {each.__name__: each for each in (web, clock, stubborn, short)}[sys.argv[1]]()
