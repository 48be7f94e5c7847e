"""Every variable of the environment: its attribute, its kind and its default, on one page."""

from collections.abc import Callable
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from ostiary.platform.settings.addresses import (
    DatabaseUrl,
    Mailbox,
    Mailboxes,
    Networks,
    Origins,
    PageUrl,
    PublicUrl,
    RedisUrl,
    SupportUrl,
    WebhookUrl,
    default_sender,
    host_of,
)
from ostiary.platform.settings.amounts import (
    AlertThreshold,
    Count,
    CountOrOff,
    Days,
    Length,
    Minutes,
    Port,
    PortOrNone,
    RateLimit,
    Seconds,
    Workers,
)
from ostiary.platform.settings.choices import AppEnv, AppName, Guard, LogLevel, Switch
from ostiary.platform.settings.credentials import BasicAuth, HashCost, SecretKeys, WebhookSecret
from ostiary.platform.settings.machine import usable_cores
from ostiary.platform.settings.smtp import Smtp
from ostiary.platform.settings.timetable import Timetable


def variable(name: str, default: Any = None, *, secret: bool = False) -> Any:
    """An optional variable; a default in quotes is read as the variable would be."""
    written = isinstance(default, str)
    return Field(default, validation_alias=name, validate_default=written, repr=not secret)


def required(name: str) -> Any:
    """A variable without which nothing starts; all of them hold a password or a key."""
    return Field(validation_alias=name, repr=False)


def derived(name: str, default: Callable[..., object]) -> Any:
    """An optional variable that otherwise follows from the others or from the machine."""
    return Field(default_factory=default, validation_alias=name)


class Settings(BaseModel):
    """What was decided outside, read once; printing it reveals no secret."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    app_env: AppEnv = variable("APP_ENV", "development")
    port: Port = variable("PORT", "3000")
    database_url: DatabaseUrl = required("DATABASE_URL")
    redis_url: RedisUrl = required("REDIS_URL")
    secret_keys: SecretKeys = required("SECRET_KEYS")
    rate_limit_redis_url: RedisUrl | None = variable("RATE_LIMIT_REDIS_URL", secret=True)
    public_url: PublicUrl = variable("PUBLIC_URL", "http://localhost:3000")
    app_name: AppName = derived("APP_NAME", lambda known: host_of(known["public_url"]))
    app_url: PageUrl | None = variable("APP_URL")
    support_url: SupportUrl | None = variable("SUPPORT_URL")
    jwt_audience: str = derived("JWT_AUDIENCE", lambda known: known["public_url"])
    cors_origins: Origins = variable("CORS_ORIGINS", ())
    trusted_proxies: Networks = variable("TRUSTED_PROXIES", ())
    drills_allowed: Switch = variable("DRILLS_ALLOWED", "false")

    metrics_enabled: Switch = variable("METRICS_ENABLED", "false")
    metrics_guard: Guard = variable("METRICS_GUARD", "secret")
    metrics_guard_secret: str | None = variable("METRICS_GUARD_SECRET", secret=True)
    metrics_guard_allowlist: Networks = variable("METRICS_GUARD_ALLOWLIST", ())

    email_verification_required: Switch = variable("AUTH_EMAIL_VERIFICATION_REQUIRED", "true")
    login_max_attempts: Count = variable("AUTH_LOGIN_MAX_ATTEMPTS", "5")
    login_attempt_window: Minutes = variable("AUTH_LOGIN_ATTEMPT_WINDOW_MINUTES", "15")
    login_lockout: Minutes = variable("AUTH_LOGIN_LOCKOUT_MINUTES", "15")
    login_client_max_attempts: CountOrOff = variable("AUTH_LOGIN_CLIENT_MAX_ATTEMPTS", "50")
    sessions_per_account: Count = variable("AUTH_SESSIONS_PER_ACCOUNT", "100")
    access_token_life: Minutes = variable("AUTH_ACCESS_TOKEN_MINUTES", "15")
    refresh_token_life: Days = variable("AUTH_REFRESH_TOKEN_DAYS", "30")
    session_life: Days = variable("AUTH_SESSION_DAYS", "90")
    refresh_grace: Seconds = variable("AUTH_REFRESH_GRACE_SECONDS", "10")
    verification_token_life: Minutes = variable("AUTH_VERIFICATION_TOKEN_MINUTES", "1440")
    reset_token_life: Minutes = variable("AUTH_RESET_TOKEN_MINUTES", "60")
    unlock_token_life: Minutes = variable("AUTH_UNLOCK_TOKEN_MINUTES", "1440")
    password_min_length: Length = variable("AUTH_PASSWORD_MIN_LENGTH", "8")
    key_rotation_age: Days = variable("AUTH_KEY_ROTATION_DAYS", "30")

    rate_limit_login: RateLimit = variable("RATE_LIMIT_LOGIN", "30/m")
    rate_limit_register: RateLimit = variable("RATE_LIMIT_REGISTER", "10/m")
    rate_limit_refresh: RateLimit = variable("RATE_LIMIT_REFRESH", "60/m")
    rate_limit_token: RateLimit = variable("RATE_LIMIT_TOKEN", "30/m")
    rate_limit_mail: RateLimit = variable("RATE_LIMIT_MAIL", "5/h")
    password_hash: HashCost = variable("PASSWORD_HASH", "argon2id:m=19456,t=2,p=1")

    smtp: Smtp = variable("SMTP_URL")
    mail_from: Mailbox = derived("MAIL_FROM", lambda known: default_sender(known["public_url"]))
    alert_emails: Mailboxes = variable("ALERT_EMAILS", ())
    alert_webhook_url: WebhookUrl = variable("ALERT_WEBHOOK_URL", secret=True)
    alert_webhook_secret: WebhookSecret = variable("ALERT_WEBHOOK_SECRET", secret=True)
    alert_lockouts: AlertThreshold = variable("ALERT_LOCKOUTS", "10/5m")
    alert_metrics_denied: AlertThreshold = variable("ALERT_METRICS_DENIED", "10/5m")
    alert_mail_age: Minutes = variable("ALERT_MAIL_AGE_MINUTES", "5")

    schedule: Timetable = Field(validation_alias="SCHEDULE")
    worker_metrics_port: PortOrNone = variable("WORKER_METRICS_PORT", "9808")
    flower_port: Port = variable("FLOWER_PORT", "5555")
    flower_basic_auth: BasicAuth = variable("FLOWER_BASIC_AUTH", secret=True)
    log_level: LogLevel = variable("LOG_LEVEL", "info")
    web_concurrency: Workers = derived("WEB_CONCURRENCY", usable_cores)
    web_threads: Workers = variable("WEB_THREADS", "16")
    worker_concurrency: Workers = derived("WORKER_CONCURRENCY", usable_cores)


VARIABLES: Final = tuple(
    str(field.validation_alias)
    for name, field in Settings.model_fields.items()
    if name != "schedule"
)
