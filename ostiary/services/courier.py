"""The courier, put together: which verb keeps which promise."""

from ostiary.accounts.registration import Registration
from ostiary.accounts.unlocking import Unlocking
from ostiary.accounts.verification import Verification
from ostiary.courier.channels import Channels
from ostiary.courier.promises import Promises
from ostiary.services.foundation import Foundation
from ostiary.watch.alerts.notices import Notices


def open_promises(
    base: Foundation,
    *,
    registration: Registration,
    verification: Verification,
    unlocking: Unlocking,
    notices: Notices,
) -> Promises:
    keepers = {
        "tasks.mail.send_verification_email": verification.send_verification_email,
        "tasks.mail.send_already_registered_email": registration.send_already_registered_email,
        "tasks.mail.send_lockout_email": unlocking.send_lockout_email,
        "tasks.alerts.notify": notices.notify,
    }
    return Promises(base.database, Channels(base.database, base.now), keepers, base.now)
