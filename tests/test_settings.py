"""The environment is read once, and everything that is wrong with it is said at once."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from ostiary.platform.settings import (
    Argon2Cost,
    BadSettings,
    Cron,
    Every,
    Rate,
    Settings,
    SmtpServer,
    Threshold,
    read_settings,
)
from ostiary.platform.settings.machine import usable_cores
from ostiary.platform.settings.timetable import ENTRIES

HOME = {
    "DATABASE_URL": "postgresql://ostiary:pg-password@db:5432/ostiary",
    "REDIS_URL": "redis://:redis-password@redis:6379/0",
    "SECRET_KEYS": "a-first-secret-that-is-long-enough-1,a-second-secret-that-is-long-enough",
}
PUBLIC = {
    "APP_ENV": "production",
    "CORS_ORIGINS": "https://app.example.com",
    "PUBLIC_URL": "https://id.example.com/",
    "SMTP_URL": "smtp://mailer:smtp-password@mail.example.com",
}
GUIDE = Path(__file__).parent.parent / "docs" / "settings.md"


def read(**changes: str) -> Settings:
    return read_settings(HOME | changes)


def complaints(process: str | None = None, **changes: str) -> str:
    """Every problem, or nothing where the settings are good."""
    try:
        read_settings(HOME | changes, process=process)
    except BadSettings as bad:
        return str(bad)
    return ""


class TestTheSmallestEnvironment:
    def test_needs_postgres_redis_and_a_secret_and_nothing_else(self) -> None:
        with pytest.raises(BadSettings) as refused:
            read_settings({})
        assert refused.value.problems == (
            "DATABASE_URL is required",
            "REDIS_URL is required",
            "SECRET_KEYS is required",
        )

    def test_is_development_on_port_3000(self) -> None:
        settings = read()
        assert (settings.app_env, settings.port) == ("development", 3000)

    def test_issues_and_accepts_tokens_under_one_name(self) -> None:
        settings = read(PUBLIC_URL="https://id.example.com/")
        assert settings.public_url == settings.jwt_audience == "https://id.example.com"

    def test_sends_letters_from_the_host_they_lead_to(self) -> None:
        assert read().mail_from == "Ostiary <ostiary@localhost>"
        assert read(PUBLIC_URL="https://id.example.com").mail_from == (
            "Ostiary <ostiary@id.example.com>"
        )

    def test_calls_the_service_by_the_host_it_is_found_at(self) -> None:
        assert read().app_name == "localhost"
        assert read(PUBLIC_URL="https://id.example.com:8443/auth").app_name == "id.example.com"
        assert read(APP_NAME=" Example ").app_name == "Example"

    @pytest.mark.parametrize("name", ["two\nlines", "tab\t", "\u2028", "\u200b", "\x7f"])
    def test_is_called_by_what_people_can_read(self, name: str) -> None:
        assert complaints(APP_NAME=name).startswith("APP_NAME contains a line break")

    def test_leads_nowhere_else(self) -> None:
        assert (read().app_url, read().support_url) == (None, None)

    def test_uses_what_the_machine_has(self) -> None:
        settings = read()
        assert settings.web_concurrency == settings.worker_concurrency == usable_cores()

    def test_holds_the_limits_of_the_contract(self) -> None:
        settings = read()
        assert (settings.login_max_attempts, settings.login_client_max_attempts) == (5, 50)
        assert settings.sessions_per_account == 100
        assert settings.login_lockout == timedelta(minutes=15)
        assert settings.rate_limit_mail == Rate(5, timedelta(hours=1))
        assert settings.password_hash == Argon2Cost(memory_kib=19456, iterations=2, lanes=1)
        assert settings.alert_lockouts == Threshold(10, timedelta(minutes=5))


class TestAMistake:
    def test_is_told_together_with_every_other(self) -> None:
        told = complaints(PORT="x", LOG_LEVEL="loud", SCHEDULE_NAP="1h", METRICS_ENABLED="yes")
        names = [line.split()[0] for line in told.splitlines()]
        assert names == ["LOG_LEVEL", "METRICS_GUARD_SECRET", "PORT", "SCHEDULE_NAP"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SECRET_KEYS", "hunter2"),
            ("DATABASE_URL", "mysql://root:hunter2@db/x"),
            ("DATABASE_URL", "postgresql://root:hunter2%zz@db/x"),
            ("REDIS_URL", "redis://:hunter2/x@redis:6379"),
            ("SMTP_URL", "smtp://user:hunter2/@mail"),
            ("ALERT_WEBHOOK_SECRET", "hunter2"),
            ("FLOWER_BASIC_AUTH", "hunter2"),
        ],
    )
    def test_never_repeats_a_secret(self, name: str, value: str) -> None:
        told = complaints(**{name: value})
        assert told.startswith(f"{name} must be ")
        assert "hunter2" not in told

    def test_stops_a_process_with_exit_78_and_every_name(self) -> None:
        command = "from ostiary.platform.settings import settings_or_exit; settings_or_exit()"
        ended = subprocess.run(
            [sys.executable, "-c", command],
            env={"PORT": "0", "SECRET_KEYS": "hunter2"},
            cwd=GUIDE.parent.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        names = [line.split()[0] for line in ended.stderr.splitlines()]
        assert names == ["DATABASE_URL", "PORT", "REDIS_URL", "SECRET_KEYS"]
        assert (ended.returncode, ended.stdout, "hunter2" in ended.stderr) == (78, "", False)


class TestPrintedSettings:
    def test_reveal_no_secret(self) -> None:
        settings = read(
            **PUBLIC,
            RATE_LIMIT_REDIS_URL="redis://:limits-password@redis/1",
            METRICS_GUARD_SECRET="metrics-password",
            ALERT_WEBHOOK_URL="https://hooks.example.com/hook-password",
            ALERT_WEBHOOK_SECRET="whsec_aG9vay1wYXNzd29yZA==",
            FLOWER_BASIC_AUTH="ops:flower-password",
        )
        assert not re.search("password@|-password|long-enough|whsec_", f"{settings!r} {settings}")


class TestAnEmptyVariable:
    def test_is_unset(self) -> None:
        assert read(PORT="", CORS_ORIGINS="", SCHEDULE_NAP="").port == 3000

    def test_does_not_count_as_a_required_one(self) -> None:
        assert complaints(REDIS_URL="") == "REDIS_URL is required"


class TestAFile:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "value"

    def test_holds_a_value_without_its_last_line_break(self, file: Path) -> None:
        file.write_text("s3cret\n")
        assert read(METRICS_GUARD_SECRET_FILE=str(file)).metrics_guard_secret == "s3cret"

    def test_holds_an_entry_of_the_schedule_too(self, file: Path) -> None:
        file.write_text("7s")
        schedule = read(SCHEDULE_RELAY_OUTBOX_FILE=str(file)).schedule
        assert schedule["RELAY_OUTBOX"] == Every(timedelta(seconds=7))

    def test_and_the_variable_itself_are_one_too_many(self, file: Path) -> None:
        told = complaints(SECRET_KEYS_FILE=str(file))
        assert told == "SECRET_KEYS and SECRET_KEYS_FILE are both set"

    def test_that_cannot_be_read_is_named(self, file: Path) -> None:
        assert complaints(SMTP_URL_FILE=str(file)) == (
            "SMTP_URL cannot be read from SMTP_URL_FILE: No such file or directory"
        )

    @pytest.mark.parametrize("content", [b"\xff", b"one\ntwo", b"nul\0"])
    def test_that_holds_no_line_of_text_is_refused(self, file: Path, content: bytes) -> None:
        file.write_bytes(content)
        assert complaints(METRICS_GUARD_SECRET_FILE=str(file)).startswith("METRICS_GUARD_SECRET ")


class TestTheWorldOutside:
    def test_is_honoured_under_its_name_from_node(self) -> None:
        assert read(NODE_ENV="test").app_env == "test"

    def test_is_named_by_app_env_first(self) -> None:
        assert read(APP_ENV="test", NODE_ENV="production").app_env == "test"

    def test_has_four_names(self) -> None:
        assert complaints(NODE_ENV="prod").startswith("APP_ENV must be development, test, staging")

    @pytest.mark.parametrize("app_env", ["staging", "production"])
    def test_requires_what_home_can_do_without(self, app_env: str) -> None:
        told = complaints(NODE_ENV=app_env, METRICS_GUARD="none")
        names = [line.split()[0] for line in told.splitlines()]
        assert names == ["CORS_ORIGINS", "METRICS_GUARD", "PUBLIC_URL", "SMTP_URL"]

    def test_is_content_with_that(self) -> None:
        assert complaints(**PUBLIC) == ""

    def test_allows_no_drills_in_production(self) -> None:
        told = complaints(**PUBLIC, DRILLS_ALLOWED="yes")
        assert told == "DRILLS_ALLOWED must be false when APP_ENV is production"
        assert complaints(**PUBLIC | {"APP_ENV": "staging"}, DRILLS_ALLOWED="yes") == ""

    def test_asks_flower_alone_for_a_password(self) -> None:
        told = complaints("flower", **PUBLIC)
        assert told == "FLOWER_BASIC_AUTH is required when APP_ENV is production"
        assert complaints("flower") == ""
        assert complaints("flower", **PUBLIC, FLOWER_BASIC_AUTH="ops:pa:ss") == ""


class TestTheMetricsGuard:
    @pytest.mark.parametrize(
        ("guard", "missing"),
        [("", "METRICS_GUARD_SECRET"), ("cidr", "METRICS_GUARD_ALLOWLIST")],
    )
    def test_needs_what_it_checks(self, guard: str, missing: str) -> None:
        told = complaints(METRICS_ENABLED="true", METRICS_GUARD=guard)
        assert told.startswith(f"{missing} is required ")

    def test_may_be_away_at_home(self) -> None:
        assert read(METRICS_ENABLED="1", METRICS_GUARD="none").metrics_guard == "none"

    def test_knows_networks(self) -> None:
        settings = read(METRICS_GUARD_ALLOWLIST="10.0.0.0/8, 2001:db8::/32,192.0.2.7")
        networks = ("10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32")
        assert settings.metrics_guard_allowlist == tuple(map(ip_network, networks))


class TestTheWebhook:
    def test_is_never_called_unsigned(self) -> None:
        told = complaints(ALERT_WEBHOOK_URL="https://hooks.example.com/")
        assert told.startswith("ALERT_WEBHOOK_SECRET is required")


class TestAMailServer:
    def test_is_trusted_with_a_password_only_when_encrypted(self) -> None:
        assert read(SMTP_URL="smtp://me:p%40ss%2Fword@mail").smtp == SmtpServer(
            "mail", 587, "me", "p@ss/word", "require"
        )

    @pytest.mark.parametrize(
        ("url", "port", "encryption"),
        [
            ("smtp://mail", 587, "auto"),
            ("smtp://mail:25?starttls=off", 25, "off"),
            ("smtp://u:p@mail?starttls=auto", 587, "auto"),
            ("smtps://mail", 465, "tls"),
        ],
    )
    def test_is_described_by_its_url(self, url: str, port: int, encryption: str) -> None:
        server = read(SMTP_URL=url).smtp
        assert server
        assert (server.host, server.port, server.encryption) == ("mail", port, encryption)

    def test_hides_its_password(self) -> None:
        assert "p%40ss" not in repr(read(SMTP_URL="smtp://me:p%2540ss@mail").smtp)


class TestTheSchedule:
    def test_has_eight_entries(self) -> None:
        assert set(read().schedule) == set(ENTRIES)
        assert read().schedule["EXPIRE_LOCKOUTS"] == Every(timedelta(seconds=15))

    def test_takes_an_interval_or_a_cron_line(self) -> None:
        schedule = read(SCHEDULE_RELAY_OUTBOX="90s", SCHEDULE_ROTATE_KEYS="0 4 1-7 * MON").schedule
        assert schedule["RELAY_OUTBOX"] == Every(timedelta(seconds=90))
        assert schedule["ROTATE_KEYS"] == Cron("0", "4", "1-7", "*", "mon")

    def test_names_its_entries_to_whoever_mistypes_one(self) -> None:
        told = complaints(SCHEDULE_EXPIRE_LOCKOUT="15s")
        assert told.startswith("SCHEDULE_EXPIRE_LOCKOUT is not known")
        assert "SCHEDULE_EXPIRE_LOCKOUTS" in told

    def test_cannot_be_changed_afterwards(self) -> None:
        with pytest.raises(TypeError):
            read().schedule["NAP"] = Every(timedelta(hours=1))  # type: ignore[index]


ACCEPTED = {
    "DATABASE_URL": ["postgres://h/db", "postgresql:///db?host=/run/postgresql"],
    "REDIS_URL": ["rediss://h", "sentinel://a:26379;sentinel://b:26379/1"],
    "RATE_LIMIT_REDIS_URL": ["sentinel://a:26379;sentinel://b:26379/1?master=door"],
    "PUBLIC_URL": ["http://127.0.0.1:3000", "https://example.com/id/"],
    "APP_NAME": ["a", "Bücher & Söhne", "x" * 100, "  of one line "],
    "APP_URL": ["https://www.example.com/app?from=id#top", "http://localhost:5173"],
    "SUPPORT_URL": ["https://example.com/help", "mailto:help@example.com?subject=Help"],
    "CORS_ORIGINS": ["http://localhost:5173,capacitor://localhost", "https://[::1]:8443"],
    "METRICS_ENABLED": ["false", "0", "no", "False"],
    "AUTH_LOGIN_CLIENT_MAX_ATTEMPTS": ["1", "1000000", "off"],
    "AUTH_SESSIONS_PER_ACCOUNT": ["1"],
    "AUTH_ACCESS_TOKEN_MINUTES": ["0.5", "5256000"],
    "AUTH_REFRESH_GRACE_SECONDS": ["0", "0.25"],
    "RATE_LIMIT_LOGIN": ["off", "1/s", "100000/d"],
    "PASSWORD_HASH": ["argon2id:m=8,t=1,p=1"],
    "MAIL_FROM": ["a@example.com", '"Ostiary, Inc." <a@example.com>'],
    "ALERT_EMAILS": ["a@example.com, b@example.com"],
    "ALERT_LOCKOUTS": ["10/h", "1/1.5h"],
    "SCHEDULE_PRUNE_HISTORY": ["1d", "*/5 * * * *", "0,30 8-18/2 * jan,feb mon-fri"],
    "LOG_LEVEL": ["DEBUG"],
}
REFUSED = {
    "DATABASE_URL": ["mysql://h/db", "db", "postgresql://h:99999/db"],
    "REDIS_URL": ["http://h", "redis://", "redis://h/db", "redis://h;http://i", "redis://h:0"],
    "RATE_LIMIT_REDIS_URL": ["sentinel://h:1;http://i"],
    "SECRET_KEYS": ["x" * 31, f"{'x' * 32},short", ","],
    "PORT": ["0", "65536", "-1", "3_000", "3000.0", "٣٠٠٠", " 3000", "9" * 5000],
    "PUBLIC_URL": ["id.example.com", "ftp://h", "https://h/?q=1", "https://u@h", "http://h:x"],
    "APP_NAME": [" ", "x" * 101],
    "APP_URL": [
        *("example.com", "javascript:alert(1)", "mailto:a@example.com", "https://u@h"),
        *("https://", "https://h/a b", "https://h:0"),
    ],
    "SUPPORT_URL": ["mailto:", "mailto:nobody", "mailto:a@b?subject=a b", "javascript:alert(1)"],
    "CORS_ORIGINS": ["*", "null", "https://h/", "https://H", "https://h:0", "https://u@h", "h"],
    "TRUSTED_PROXIES": ["10.0.0.0/33", "10.0.0.1/8", "proxy", ","],
    "METRICS_ENABLED": ["on", "t", "2", "enabled"],
    "METRICS_GUARD": ["password", "None"],
    "AUTH_LOGIN_MAX_ATTEMPTS": ["0", "5.5", "nan"],
    "AUTH_LOGIN_CLIENT_MAX_ATTEMPTS": ["0", "-1", "1.5", "OFF", "none"],
    "AUTH_SESSIONS_PER_ACCOUNT": ["0", "off", "1.5"],
    "AUTH_LOGIN_LOCKOUT_MINUTES": ["0", "-1", "nan", "inf", "1e3", "0.000000001", "99999999"],
    "AUTH_SESSION_DAYS": ["3651", "99999999999", "9" * 5000],
    "AUTH_PASSWORD_MIN_LENGTH": ["0", "129"],
    "RATE_LIMIT_LOGIN": ["30", "0/m", "30/w", "30/5m", "-1/m", "none"],
    "PASSWORD_HASH": ["bcrypt:12", "argon2id:m=7,t=1,p=1", "argon2id:m=9999999,t=1,p=1"],
    "SMTP_URL": [
        *("mail:25", "http://mail", "smtp://", "smtp://mail:0", "smtp://mail/inbox"),
        *("smtp://user@mail", "smtp://:pass@mail", "smtp://u:100%@mail", "smtp://u:%ff@mail"),
        *("smtp://mail?tls=1", "smtp://mail?starttls=maybe", "smtp://mail?starttls="),
        *("smtps://mail?starttls=off", "smtp://mail?starttls=off&starttls=require"),
    ],
    "MAIL_FROM": ["Ostiary", "a@b@c", "Ostiary, Inc. <a@b>"],
    "ALERT_EMAILS": ["a@example.com,nobody"],
    "ALERT_WEBHOOK_SECRET": ["whsec_", "whsec_not*base64", "aGVsbG8="],
    "ALERT_LOCKOUTS": ["10", "0/5m", "10/0m", "10/1.2.3h"],
    "SCHEDULE_PRUNE_HISTORY": [
        *("15", "0s", "0.01s", "s", "15 s", "daily", "* * * *", "* * * * * *", "60 * * * *"),
        *("5/10 * * * *", "*/0 * * * *", "9-5 * * * *", ", * * * *", "mon * * * *"),
        *("0 0 31 2 *", "0 0 * * 7", "0 0 * * noday", "0 0 0 * *", "*-5 * * * *"),
    ],
    "FLOWER_BASIC_AUTH": ["ops", "ops:", ":pass"],
    "WEB_CONCURRENCY": ["0", "auto", "99999"],
}


def pairs(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, values in table.items() for value in values]


class TestAValue:
    @pytest.mark.parametrize(("name", "value"), pairs(ACCEPTED))
    def test_is_taken_as_it_is_meant(self, name: str, value: str) -> None:
        assert complaints(**{name: value}) == ""

    @pytest.mark.parametrize(("name", "value"), pairs(REFUSED))
    def test_is_refused_by_its_name_alone(self, name: str, value: str) -> None:
        told = complaints(**{name: value})
        assert told.startswith(f"{name} must be ")
        assert len(told.splitlines()) == 1


class TestUsableCores:
    def test_are_no_more_than_a_container_is_granted(self, tmp_path: Path) -> None:
        quota = tmp_path / "cpu.max"
        quota.write_text("50000 100000\n")
        assert usable_cores(quota) == 1

    @pytest.mark.parametrize("content", ["max 100000\n", "nonsense", "100 0"])
    def test_are_the_machines_without_a_quota(self, tmp_path: Path, content: str) -> None:
        quota = tmp_path / "cpu.max"
        quota.write_text(content)
        assert usable_cores(quota) == len(os.sched_getaffinity(0))


class TestTheGuide:
    """`docs/settings.md` lists every variable with the default it has."""

    @pytest.fixture
    def documented(self) -> dict[str, str]:
        return dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", GUIDE.read_text(), re.MULTILINE))

    def test_lists_every_variable_and_no_other(self, documented: dict[str, str]) -> None:
        fields = (field.validation_alias for field in Settings.model_fields.values())
        entries = (f"SCHEDULE_{entry}" for entry in ENTRIES)
        assert set(documented) == {*fields, *entries} - {"SCHEDULE"}

    def test_tells_the_defaults(self, documented: dict[str, str]) -> None:
        defaults = {
            str(field.validation_alias): f"`{field.default}`" if field.default else "—"
            for name, field in Settings.model_fields.items()
            if not field.is_required() and not field.default_factory
        }
        defaults |= {f"SCHEDULE_{entry}": f"`{timing}`" for entry, timing in ENTRIES.items()}
        assert {name: documented[name] for name in defaults} == defaults

    def test_tells_what_is_required(self, documented: dict[str, str]) -> None:
        names = [name for name, default in documented.items() if default == "required"]
        assert names == list(HOME)
