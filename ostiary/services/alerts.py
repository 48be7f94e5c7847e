"""Alerts, put together: who looks, who keeps them, and whom they reach."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from ostiary.courier.deliveries import Deliveries
from ostiary.platform.redis import QuickRedis, connect_redis
from ostiary.services.foundation import Foundation
from ostiary.watch.alerts.alerts import Alerts
from ostiary.watch.alerts.arbiter import Arbiter
from ostiary.watch.alerts.evaluation import Evaluation
from ostiary.watch.alerts.interim import Interim
from ostiary.watch.alerts.ledger import Ledger
from ostiary.watch.alerts.notices import Notices
from ostiary.watch.alerts.rules import COUNTED, SEEN, WATCH_STALLED
from ostiary.watch.alerts.sender import Sender
from ostiary.watch.alerts.signs import Counts, FromOutside, Looks
from ostiary.watch.alerts.trial import Trial
from ostiary.watch.alerts.waiting import Waiting
from ostiary.watch.alerts.webhook import Webhook
from ostiary.watch.heartbeats import Heartbeats
from ostiary.watch.readiness import Readiness
from ostiary.watch.watchdog import Chore

# Whoever starts together with everything else finds little of it up.
GRACE = timedelta(seconds=15)


@dataclass(frozen=True)
class Alerting:
    """`evaluation` is the periodic task's, `lookout` the watchdog's."""

    alerts: Alerts
    sender: Sender
    notices: Notices
    evaluation: Evaluation
    lookout: Evaluation
    waiting: Waiting
    trial: Trial

    def chores(self) -> tuple[Chore, ...]:
        """What the watchdog does for alerts."""
        senders = (
            Chore(f"notices to {target}", partial(self.waiting.send_due, target))
            for target in self.sender.targets
        )
        return (Chore("alerts", self.lookout.evaluate, after=GRACE), *senders)


def open_alerting(base: Foundation, heartbeats: Heartbeats, readiness: Readiness) -> Alerting:
    settings = base.settings
    sender = Sender(Deliveries(base.smtp), base.letters, settings.alert_emails, _webhook(base))
    ledger = Ledger(base.database, base.outbox, sender.targets, base.now)
    counts = Counts(
        base.database,
        base.now,
        lockouts=settings.alert_lockouts,
        denials=settings.alert_metrics_denied,
        mail_age=settings.alert_mail_age,
    )
    waiting = Waiting(sender, base.now)
    arbiter = Arbiter(QuickRedis(connect_redis(settings.redis_url), name="alerts"))
    outside = FromOutside(counts, heartbeats)
    looks = Looks(readiness, counts, has_mail=base.smtp is not None)
    interim = Interim(ledger, arbiter, waiting)
    return Alerting(
        alerts=Alerts(base.database, base.now),
        sender=sender,
        notices=Notices(ledger, sender),
        evaluation=Evaluation((*COUNTED, WATCH_STALLED), outside, ledger, base.now),
        lookout=Evaluation((*SEEN, *COUNTED), looks, interim, base.now),
        waiting=waiting,
        trial=Trial(sender, base.now),
    )


def _webhook(base: Foundation) -> Webhook | None:
    url, secret = base.settings.alert_webhook_url, base.settings.alert_webhook_secret
    return Webhook(url, secret, base.now) if url and secret else None
