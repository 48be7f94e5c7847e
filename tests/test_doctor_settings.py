"""The doctor names settings that are weak or contradict each other, and leaves good ones alone."""

import pytest

from ostiary.doctor.doctor import LOOKS
from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.platform.settings import read_settings
from tests.app_client import HeldClock

HOME = {
    "DATABASE_URL": "postgresql://ostiary@db/ostiary",
    "REDIS_URL": "redis://:secret@redis/0",
    "SECRET_KEYS": "Zq8wq0rR3mNn1bX5vT7yU2kJ9hG4fD6s",
    "ALERT_EMAILS": "ops@example.com",
    "ALERT_WEBHOOK_URL": "https://pager.example.com/hook",
    "ALERT_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
PUBLIC = {
    "APP_ENV": "production",
    "CORS_ORIGINS": "https://app.example.com",
    "PUBLIC_URL": "https://id.example.com",
    "SMTP_URL": "smtps://mailer:smtp-password@mail.example.com",
}
METRICS = {"METRICS_ENABLED": "true", "METRICS_GUARD_SECRET": "tooshort"}
OPEN_METRICS = METRICS | {"METRICS_GUARD": "cidr", "METRICS_GUARD_ALLOWLIST": "0.0.0.0/0"}
SECRET = HOME["SECRET_KEYS"]

ANYWHERE = [
    ("password_hash_cheap", {"PASSWORD_HASH": "argon2id:m=19456,t=1,p=1"}),
    ("password_hash_cheap", {"PASSWORD_HASH": "argon2id:m=1024,t=90,p=1"}),
    ("secret_keys_weak", {"SECRET_KEYS": "changeme" * 4}),
    ("secret_keys_weak", {"SECRET_KEYS": f"{SECRET},{'0123456789abcdef' * 4}"}),
    ("secret_keys_many", {"SECRET_KEYS": f"{SECRET},{SECRET}1,{SECRET}2"}),
    ("trusted_proxies_everybody", {"TRUSTED_PROXIES": "10.0.0.0/8,::/0"}),
    ("environment_not_production", {"PUBLIC_URL": "https://id.example.com"}),
    ("limits_off", {"RATE_LIMIT_MAIL": "off"}),
    ("login_budget_wide", {"AUTH_LOGIN_MAX_ATTEMPTS": "21"}),
    ("lock_short", {"AUTH_LOGIN_LOCKOUT_MINUTES": "1"}),
    ("lock_short", {"AUTH_LOGIN_ATTEMPT_WINDOW_MINUTES": "1"}),
    ("password_short", {"AUTH_PASSWORD_MIN_LENGTH": "7"}),
    ("access_token_long", {"AUTH_ACCESS_TOKEN_MINUTES": "61"}),
    ("lives_contradict", {"AUTH_SESSION_DAYS": "29"}),
    ("lives_contradict", {"AUTH_REFRESH_TOKEN_DAYS": "0.01"}),
    ("lives_contradict", {"AUTH_KEY_ROTATION_DAYS": "0.01"}),
    ("refresh_grace_long", {"AUTH_REFRESH_GRACE_SECONDS": "61"}),
    ("links_live_long", {"AUTH_RESET_TOKEN_MINUTES": "1441"}),
    ("key_rotation_rare", {"AUTH_KEY_ROTATION_DAYS": "91"}),
    ("metrics_guard_weak", METRICS),
    ("metrics_guard_weak", OPEN_METRICS),
    ("log_too_quiet", {"LOG_LEVEL": "error"}),
    ("alerts_by_mail_alone", {"ALERT_WEBHOOK_URL": ""}),
    ("alerts_go_nowhere", {"ALERT_WEBHOOK_URL": "", "ALERT_EMAILS": ""}),
]
IN_PUBLIC = [
    ("public_url_not_https", {"PUBLIC_URL": "http://id.example.com"}),
    ("cors_not_https", {"CORS_ORIGINS": "https://app.example.com,http://app.example.com"}),
    ("verification_off", {"AUTH_EMAIL_VERIFICATION_REQUIRED": "false"}),
    ("alert_webhook_not_https", {"ALERT_WEBHOOK_URL": "http://pager.example.com/hook"}),
]


def findings(**environ: str) -> list[Finding]:
    site = Site(read_settings(HOME | environ), now=HeldClock())
    looks = [look for subject, look in LOOKS.items() if subject.startswith("settings")]
    return [seen for look in looks for seen in look(site) if isinstance(seen, Finding)]


def found(**environ: str) -> set[str]:
    return {finding.id for finding in findings(**environ)}


class TestTheDefaults:
    def test_are_good(self) -> None:
        assert found() == set()

    def test_are_good_in_public(self) -> None:
        assert found(**PUBLIC) == set()


class TestASettingThatIsWeak:
    @pytest.mark.parametrize(("id", "environ"), ANYWHERE)
    def test_is_found_anywhere(self, id: str, environ: dict[str, str]) -> None:
        assert found(**environ) == {id}

    @pytest.mark.parametrize(("id", "environ"), IN_PUBLIC)
    def test_is_found_in_public(self, id: str, environ: dict[str, str]) -> None:
        assert found(**PUBLIC | environ) == {id}

    @pytest.mark.parametrize(("id", "environ"), IN_PUBLIC)
    def test_is_none_at_home(self, id: str, environ: dict[str, str]) -> None:
        assert id not in found(**environ)

    def test_is_named_without_its_value(self) -> None:
        weak = "changeme" * 4
        said = " ".join(each.evidence for each in findings(**METRICS, SECRET_KEYS=weak))
        assert "changeme" not in said
        assert "tooshort" not in said
