"""Deliveries: a letter is written only once a mail server listens."""

from collections.abc import Callable
from dataclasses import dataclass

from ostiary.courier.letters import Letter
from ostiary.courier.smtp import ServerMisconfigured, Smtp


@dataclass(frozen=True)
class Deliveries:
    smtp: Smtp | None

    def deliver(self, write: Callable[[], Letter]) -> None:
        """Raises what `Smtp` raises; secrets in the letter are minted by `write`."""
        if self.smtp is None:
            raise ServerMisconfigured("SMTP_URL is not set")
        with self.smtp.connect() as connection:
            connection.send(write())
