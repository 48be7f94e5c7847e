"""The table of all that the doctor may find, by id."""

from typing import Final

from ostiary.doctor.advice.alerts import ALERTS
from ostiary.doctor.advice.audit import AUDIT
from ostiary.doctor.advice.entrance import ENTRANCE
from ostiary.doctor.advice.keys import KEYS
from ostiary.doctor.advice.mail import MAIL
from ostiary.doctor.advice.postgres import POSTGRES
from ostiary.doctor.advice.processes import PROCESSES
from ostiary.doctor.advice.redis import REDIS
from ostiary.doctor.advice.settings import SETTINGS
from ostiary.doctor.advice.tables import TABLES
from ostiary.doctor.finding import Advice

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
