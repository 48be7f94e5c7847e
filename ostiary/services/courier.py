"""The courier, put together: which verb keeps which promise."""

from ostiary.courier.channels import Channels
from ostiary.courier.promises import Promises
from ostiary.services.accounts import Accounts
from ostiary.services.foundation import Foundation
from ostiary.sessions.new_devices import NewDevices
from ostiary.watch.alerts.notices import Notices


def open_promises(
    base: Foundation, accounts: Accounts, new_devices: NewDevices, notices: Notices
) -> Promises:
    registration, recovery = accounts.registration, accounts.recovery
    keepers = {
        "tasks.mail.send_verification_email": accounts.verification_letters.send_verification_email,
        "tasks.mail.send_already_registered_email": registration.send_already_registered_email,
        "tasks.mail.send_invitation_email": accounts.invitations.send_invitation_email,
        "tasks.mail.send_password_reset_email": recovery.send_password_reset_email,
        "tasks.mail.send_password_changed_email": accounts.notices.send_password_changed_email,
        "tasks.mail.send_new_device_email": new_devices.send_new_device_email,
        "tasks.mail.send_lockout_email": accounts.unlocking.send_lockout_email,
        "tasks.alerts.notify": notices.notify,
    }
    channels = Channels(base.database, base.now)
    return Promises(base.database, channels, keepers, base.now, base.deliveries.round)
