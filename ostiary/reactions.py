"""What follows from each fact: one table."""

from collections.abc import Mapping

from ostiary import events

REACTIONS: Mapping[type[events.Event], tuple[str, ...]] = {
    events.RegistrationReceived: ("tasks.mail.send_verification_email",),
    events.KnownAddressRegistered: ("tasks.mail.send_already_registered_email",),
    events.AccountInvited: ("tasks.mail.send_invitation_email",),
    events.VerificationRequested: ("tasks.mail.send_verification_email",),
    events.PasswordResetRequested: ("tasks.mail.send_password_reset_email",),
    events.PasswordReset: ("tasks.mail.send_password_changed_email",),
    events.PasswordChanged: ("tasks.mail.send_password_changed_email",),
    events.NewDeviceSeen: ("tasks.mail.send_new_device_email",),
    events.LockoutStarted: ("tasks.mail.send_lockout_email",),
    events.AlertAnnounced: ("tasks.alerts.notify",),
}
