"""The courier, put together: which verb keeps which promise."""

from dataclasses import dataclass

from ostiary.accounts.notices import PasswordNotices
from ostiary.accounts.recovery import Recovery
from ostiary.accounts.registration import Registration
from ostiary.accounts.unlocking import Unlocking
from ostiary.accounts.verification import Verification
from ostiary.courier.channels import Channels
from ostiary.courier.promises import Promises
from ostiary.services.foundation import Foundation
from ostiary.sessions.new_devices import NewDevices
from ostiary.watch.alerts.notices import Notices


@dataclass(frozen=True, kw_only=True)
class Keepers:
    """Whoever keeps a promise, by the work they are."""

    registration: Registration
    verification: Verification
    unlocking: Unlocking
    recovery: Recovery
    new_devices: NewDevices
    notices: Notices


def open_promises(base: Foundation, by: Keepers) -> Promises:
    passwords = PasswordNotices(base.deliveries, base.letters)
    keepers = {
        "tasks.mail.send_verification_email": by.verification.send_verification_email,
        "tasks.mail.send_already_registered_email": by.registration.send_already_registered_email,
        "tasks.mail.send_password_reset_email": by.recovery.send_password_reset_email,
        "tasks.mail.send_password_changed_email": passwords.send_password_changed_email,
        "tasks.mail.send_new_device_email": by.new_devices.send_new_device_email,
        "tasks.mail.send_lockout_email": by.unlocking.send_lockout_email,
        "tasks.alerts.notify": by.notices.notify,
    }
    channels = Channels(base.database, base.now)
    return Promises(base.database, channels, keepers, base.now, base.deliveries.round)
