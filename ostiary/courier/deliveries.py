"""Deliveries: a letter is written only once a mail server listens."""

from collections.abc import Callable
from dataclasses import dataclass

from ostiary.courier.letters import Letter
from ostiary.courier.smtp import ServerMisconfigured, ServerUnreachable, Smtp, Undelivered


class Interrupted(Undelivered):
    """Nobody can be served now, and this letter may be why: the others go first."""


@dataclass(frozen=True)
class Deliveries:
    smtp: Smtp | None

    def deliver(self, write: Callable[[], Letter]) -> None:
        """Raises what `Smtp` raises, or `Interrupted`; `write` mints the letter's secrets."""
        if self.smtp is None:
            raise ServerMisconfigured("SMTP_URL is not set")
        with self.smtp.connect() as connection:
            letter = write()
            try:
                connection.send(letter)
            except (ServerUnreachable, ServerMisconfigured) as problem:
                raise Interrupted(problem.reason) from None
