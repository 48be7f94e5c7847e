"""The table of all that the doctor may find, by id."""

from typing import Final

from ostiary.runbook.doctor.advice.alerts import ALERTS
from ostiary.runbook.doctor.advice.audit import AUDIT
from ostiary.runbook.doctor.advice.entrance import ENTRANCE
from ostiary.runbook.doctor.advice.keys import KEYS
from ostiary.runbook.doctor.advice.mail import MAIL
from ostiary.runbook.doctor.advice.postgres import POSTGRES
from ostiary.runbook.doctor.advice.processes import PROCESSES
from ostiary.runbook.doctor.advice.redis import REDIS
from ostiary.runbook.doctor.advice.settings import SETTINGS
from ostiary.runbook.doctor.advice.tables import TABLES
from ostiary.runbook.doctor.finding import Advice

# In the order of the runbook.
BY_SUBJECT: Final = {
    "Settings": SETTINGS,
    "Postgres": POSTGRES,
    "Tables and transactions": TABLES,
    "Redis": REDIS,
    "Processes": PROCESSES,
    "Mail": MAIL,
    "Keys": KEYS,
    "The audit": AUDIT,
    "The entrance": ENTRANCE,
    "Alerts": ALERTS,
}
ADVICE: Final[dict[str, Advice]] = {
    each.id: each for subject in BY_SUBJECT.values() for each in subject
}
