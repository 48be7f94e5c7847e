"""Verification letters: the first, and those that are asked for again."""

from dataclasses import dataclass
from datetime import timedelta

from ostiary.accounts.letter_tokens import Purpose, Recipient
from ostiary.accounts.token_letters import TokenLetters
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.events import VerificationRequested
from ostiary.platform.client_address import network_around
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.emails import email_key
from ostiary.platform.timing import padded
from ostiary.protection.limits import Limits

# One row, whatever is known; a registration in the spelling that was asked for comes first.
FIND_RECIPIENT = """
SELECT account.id AS account_id, registration.id AS registration_id,
    CASE WHEN account.id IS NULL AND registration.id IS NULL THEN 'nobody:' ELSE '' END
        || mailbox.email_key AS counted_as
FROM (VALUES (%(email_key)s)) AS mailbox (email_key)
LEFT JOIN account
    ON account.email_key = mailbox.email_key AND account.email_verified_at IS NULL
LEFT JOIN LATERAL (
    SELECT id FROM pending_registration WHERE email_key = mailbox.email_key
    ORDER BY email = %(email)s DESC, created_at DESC, id DESC LIMIT 1) AS registration ON true
"""
RECIPIENT = """
SELECT email, NULL::uuid AS account_id, created_at, client
FROM pending_registration WHERE id = %(registration_id)s
UNION ALL
SELECT email, id, created_at, NULL FROM account
WHERE id = %(account_id)s AND email_verified_at IS NULL
"""


@dataclass(frozen=True)
class VerificationLetters:
    database: Database
    outbox: Outbox
    token_letters: TokenLetters
    limits: Limits
    now: Clock
    token_life: timedelta

    def resend(self, email: str) -> None:
        """Does the same work for an email that has nothing to verify, in the same time.

        What is asked for such an email is counted apart: it sends no letter, so it keeps none from
        an owner who registers afterwards.
        """
        with padded():
            found = self._find_recipient(email)
            with self.limits.promising_letter("proof", found.counted_as) as may_write:
                if may_write:
                    self._promise_letter(found)

    def send_verification_email(self, promise: Claimed) -> None:
        event = promise.event
        found = self.database.fetch_one(
            RECIPIENT, registration_id=event["registration_id"], account_id=event["account_id"]
        )
        if found is None:
            raise NotWanted
        client = found.client or event.get("client")
        self.token_letters.send(
            "verification",
            Purpose.VERIFICATION,
            promise,
            Recipient(found.email, found.account_id),
            registered_at=found.created_at,
            network=client and network_around(client),
        )

    def _find_recipient(self, email: str) -> Row:
        key = email_key(email)
        return self.database.fetch_all(FIND_RECIPIENT, email=email.strip(), email_key=key)[0]

    def _promise_letter(self, found: Row) -> None:
        with self.database.atomic():
            self.outbox.record(
                VerificationRequested(
                    registration_id=found.registration_id,
                    account_id=found.account_id,
                    keep_until=self.now() + self.token_life,
                )
            )
