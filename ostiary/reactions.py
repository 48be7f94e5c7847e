"""What follows from each fact: one table."""

from collections.abc import Mapping

from ostiary import events

REACTIONS: Mapping[type[events.Event], tuple[str, ...]] = {
    events.AddressClaimed: ("tasks.mail.send_verification_email",),
    events.KnownAddressRegistered: ("tasks.mail.send_already_registered_email",),
    events.VerificationRequested: ("tasks.mail.send_verification_email",),
    events.LockoutStarted: ("tasks.mail.send_lockout_email",),
    events.AlertAnnounced: ("tasks.alerts.notify",),
}
