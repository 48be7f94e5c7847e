"""Whether a stack may be drilled, and is the one that is meant, before anything is touched."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from ssl import SSLCertVerificationError

from ostiary.platform.drill_permit import HEADER
from ostiary.platform.identifiers import new_token
from workshop.harness.errors import CannotStart
from workshop.rehearsal.door import Door
from workshop.rehearsal.drill import Drill
from workshop.rehearsal.named.commands import Shell
from workshop.rehearsal.named.file import StackFile
from workshop.rehearsal.visitor import Visitor

# Addresses for documentation (RFC 5737), so nobody's.
STRANGERS = ("192.0.2.201", "192.0.2.202", "192.0.2.203")


@dataclass(frozen=True)
class Admission:
    """Each step raises CannotStart, which says what is missing."""

    file: StackFile

    def operator(self, drills: Sequence[Drill]) -> str:
        """Who gets the alerts of a stack that admits these drills."""
        self._ensure_complete(drills)
        self._ensure_certificates_are_known()
        shown = self._shown_at_the_door()
        permit = self._given_by_the_command()
        if permit["permit"] != shown:
            raise CannotStart(f"`{self.file.ostiary}` runs in another stack than {self.file.web}.")
        self._ensure_letters_can_be_read()
        self._ensure_people_can_be_told_apart()
        return str(permit["operator"])

    def _ensure_complete(self, drills: Sequence[Drill]) -> None:
        lacking = [f"{each.name} needs {', '.join(self.file.lacking(each))}" for each in drills]
        told = [line for line in lacking if not line.endswith("needs ")]
        if told:
            raise CannotStart("\n".join(told))

    def _ensure_certificates_are_known(self) -> None:
        """Whoever does not answer at all is told of later."""
        for door in (self.file.door, self.file.post.door):
            with suppress(OSError, HTTPException):
                _ensure_known(door)

    def _shown_at_the_door(self) -> str:
        told = Visitor(self.file.door).ask("GET", "/ready")
        if told.status == 0:
            raise CannotStart(f"{self.file.web} does not answer.")
        if not (shown := told.headers.get(HEADER)):
            raise CannotStart(
                f"{self.file.web} may not be drilled: DRILLS_ALLOWED is not set there."
            )
        return shown

    def _given_by_the_command(self) -> dict[str, str]:
        line = self.file.ostiary
        said = Shell(self.file.command_seconds).insist(
            "ostiary", line, "drill", "--permit", "--json"
        )
        permit: dict[str, str] = json.loads(said)
        return permit

    def _ensure_letters_can_be_read(self) -> None:
        if not self.file.post.answers():
            raise CannotStart(f"{self.file.mailbox} is no mailbox: `ostiary mailbox` would be one.")

    def _ensure_people_can_be_told_apart(self) -> None:
        """By what is left of each one's rate limit; where limits are off, nothing is to be seen."""
        left = [self._left_for(client) for client in STRANGERS]
        if len({*left}) > 1:
            raise CannotStart(
                f"{self.file.web} takes all people of a drill for one client: add the address from"
                " which it is run to TRUSTED_PROXIES."
            )

    def _left_for(self, client: str) -> str | None:
        body = {"refresh_token": new_token()}
        told = Visitor(self.file.door, client).ask("POST", "/v1/auth/refresh", body)
        return told.headers.get("RateLimit", "").partition(";t=")[0]


def _ensure_known(door: Door) -> None:
    try:
        door.ask("GET", "/")
    except SSLCertVerificationError as problem:
        raise CannotStart(
            f"{door.url} shows a certificate that is not trusted here: {problem.verify_message}."
            " If it is of your own making, name it, or what signed it, as ca_file."
        ) from None
