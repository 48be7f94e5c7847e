"""The environment, read once and refused whole when any of it is wrong."""

from ostiary.platform.settings.amounts import Rate, Threshold
from ostiary.platform.settings.credentials import Argon2Cost
from ostiary.platform.settings.reading import BadSettings, read_settings, settings_or_exit
from ostiary.platform.settings.smtp import SmtpServer
from ostiary.platform.settings.timetable import Cron, Every
from ostiary.platform.settings.variables import Settings

__all__ = [
    "Argon2Cost",
    "BadSettings",
    "Cron",
    "Every",
    "Rate",
    "Settings",
    "SmtpServer",
    "Threshold",
    "read_settings",
    "settings_or_exit",
]
