"""Every refusal of Ostiary, each with the stable code a client may rely on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID


class Refusal(Exception):
    """A request that is answered with a reason instead of being done."""

    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title


class WrongSecret(Refusal):
    """A guess, as far as anybody can tell; `account_id` is whose secret it would have been."""

    def __init__(self, *, account_id: UUID | None = None) -> None:
        super().__init__()
        self.account_id = account_id


class InvalidCredentials(WrongSecret):
    code = "invalid_credentials"
    title = "The address or the password is wrong."


class WrongPassword(InvalidCredentials):
    """The caller is known, and did not prove it again."""

    title = "The password is wrong."


class EmailNotVerified(Refusal):
    code = "email_not_verified"
    title = "The address has not been verified yet."


class AccountDisabled(Refusal):
    code = "account_disabled"
    title = "The account is disabled."


class EmailTaken(Refusal):
    code = "email_taken"
    title = "The address already has an account."


@dataclass(frozen=True)
class Reason:
    """Why a value cannot be used: a stable code, plain English, and the numbers in it."""

    code: str
    message: str
    minimum: int | None = None
    maximum: int | None = None


class Unacceptable(Refusal):
    """Values that cannot be used, each with the name of its field and a reason."""

    code = "validation_failed"
    title = "A value cannot be used."

    def __init__(self, *faults: tuple[str, Reason]) -> None:
        super().__init__(" ".join(reason.message for _, reason in faults))
        self.faults = faults


class PasswordUnacceptable(Unacceptable):
    code = "password_unacceptable"
    title = "The password cannot be used."

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(*(("password", reason) for reason in reasons))


class EmailUnacceptable(Unacceptable):
    title = "The address cannot be used."

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str = "email_unacceptable",
        maximum: int | None = None,
    ) -> None:
        super().__init__(("email", Reason(code, detail or self.title, maximum=maximum)))


class TokenInvalid(Refusal):
    code = "token_invalid"
    title = "The token is unknown or has been used."


class TokenExpired(Refusal):
    code = "token_expired"
    title = "The token has expired."


class RefreshTokenInvalid(Refusal):
    code = "refresh_token_invalid"
    title = "The refresh token is unknown or its session has ended."


class RefreshTokenExpired(Refusal):
    code = "refresh_token_expired"
    title = "The refresh token has expired."


class RefreshTokenReused(Refusal):
    code = "refresh_token_reused"
    title = "The refresh token was used before; its session has ended."


class Unauthenticated(Refusal):
    code = "unauthenticated"
    title = "A valid access token is required."


class OwnAccount(Refusal):
    code = "forbidden"
    title = "You cannot do this to your own account."


class LastAdministrator(Refusal):
    code = "forbidden"
    title = "This is the last account with the role admin; nobody could administer without it."


class MessageAlreadySent(Refusal):
    code = "message_already_sent"
    title = "The letter has already been sent."


class MetricsForbidden(Refusal):
    code = "metrics_forbidden"
    title = "The metrics are guarded."


class NotFound(Refusal):
    code = "not_found"
    title = "There is nothing here."


class TryLater(Refusal):
    """A refusal that may be asked again after `retry_after`, a whole number of seconds upward."""

    def __init__(self, detail: str | None = None, *, retry_after: timedelta) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class LoginLocked(TryLater):
    """`retry_after` is what is left of the lock."""

    code = "login_locked"
    title = "Too many wrong passwords; logging in is locked for a while."


class RateLimited(TryLater):
    code = "rate_limited"
    title = "Too many requests."


class Unavailable(TryLater):
    """Something Ostiary needs cannot be reached; nothing was changed, or nobody can tell."""

    code = "unavailable"
    title = "A dependency is unavailable."

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, retry_after=timedelta(seconds=2))


class Overloaded(TryLater):
    code = "overloaded"
    title = "Too many passwords are being checked at once."

    def __init__(self) -> None:
        super().__init__(retry_after=timedelta(seconds=1))
