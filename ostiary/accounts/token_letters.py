"""Letters with a token, which is made once a mail server listens and forgotten with its letter."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ostiary.accounts.letter_tokens import LetterTokens, Purpose, Recipient
from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letter, Letters
from ostiary.courier.promises import Claimed
from ostiary.platform.identifiers import new_token


@dataclass(frozen=True)
class TokenLetters:
    deliveries: Deliveries
    letters: Letters
    tokens: LetterTokens

    def send(
        self, kind: str, purpose: Purpose, promise: Claimed, recipient: Recipient, **context: object
    ) -> None:
        """Delivers the letter of that template; raises what `Deliveries` raises."""
        token = new_token()
        issue = partial(self.tokens.issue, token, purpose, recipient)
        compose = partial(
            self.letters.compose,
            kind,
            to=recipient.email,
            promise_id=promise.id,
            token=token,
            valid_for=self.tokens.lives[purpose],
            **context,
        )
        self.deliveries.deliver(
            partial(self._write, issue, compose), forget=partial(self.tokens.forget, token)
        )

    def _write(self, issue: Callable[[], None], compose: Callable[[], Letter]) -> Letter:
        issue()
        return compose()
