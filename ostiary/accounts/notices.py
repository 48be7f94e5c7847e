"""Notices: an owner hears of every new password, since it may have been somebody else's doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ostiary.accounts.models import Account
from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letters
from ostiary.courier.promises import Claimed, NotWanted

# What has happened is still worth knowing after a long outage of the mail server.
WORTH_TELLING = timedelta(days=7)


@dataclass(frozen=True)
class PasswordNotices:
    deliveries: Deliveries
    letters: Letters

    def send_password_changed_email(self, promise: Claimed) -> None:
        """An email that nobody has proven may be a stranger's: no notice goes there."""
        account = Account.get_or_none(Account.id == UUID(promise.event["account_id"]))
        if account is None or account.email_verified_at is None:
            raise NotWanted
        self.deliveries.deliver(
            lambda: self.letters.compose(
                "password_changed",
                to=account.email,
                promise_id=promise.id,
                changed_at=datetime.fromisoformat(promise.event["at"]),
                client=promise.event["client"],
            )
        )
