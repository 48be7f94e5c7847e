"""The mail server is away: letters wait, and all of them arrive when it is back."""

from workshop.rehearsal.drill import Drill
from workshop.rehearsal.milestones import (
    DETECTED,
    LETTERS_AGAIN,
    RECOVERED,
    RESOLVED_MAIL,
    RESOLVED_WEBHOOK,
    WEBHOOK,
)

MAIL_DOWN = Drill(
    name="mail-down",
    runbook="mail-server-unavailable",
    injects="the mail server refuses connections",
    undone="the mail server takes letters again",
    expects="Not one answer fails or waits; letters wait, and none is lost.",
    check="mail",
    alert="mail_server_unavailable",
    # A server that is away is tried once a minute at the latest.
    within={
        DETECTED: 10,
        WEBHOOK: 30,
        LETTERS_AGAIN: 60,
        RECOVERED: 10,
        RESOLVED_WEBHOOK: 30,
        RESOLVED_MAIL: 60,
    },
)
