"""Deliveries: a letter is written only once a mail server listens."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from ostiary.courier.letters import Letter
from ostiary.courier.smtp import (
    OutcomeUnknown,
    ServerMisconfigured,
    ServerUnreachable,
    Smtp,
    Undelivered,
)


class Interrupted(Undelivered):
    """Nobody can be served now, and this letter may be why: the others go first."""


@dataclass(frozen=True)
class Deliveries:
    smtp: Smtp | None

    def round(self) -> AbstractContextManager[None]:
        """A number of letters, one after the other."""
        return self.smtp.round() if self.smtp else nullcontext()

    def deliver(
        self, write: Callable[[], Letter], *, forget: Callable[[], object] = lambda: None
    ) -> None:
        """Raises what `Smtp` raises, or `Interrupted`.

        `write` mints the letter's secrets, and `forget` those of a letter that did not arrive.
        """
        if self.smtp is None:
            raise ServerMisconfigured("SMTP_URL is not set")
        with self.smtp.connect() as connection:
            try:
                connection.send(write())
            except OutcomeUnknown:
                raise
            except Undelivered as problem:
                forget()
                if isinstance(problem, ServerUnreachable | ServerMisconfigured):
                    raise Interrupted(problem.reason) from None
                raise
