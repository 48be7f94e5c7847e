"""The image and compose.prod.yml: confined, bounded, pinned, and what each process asks for."""

import os
import re
import stat
import subprocess
import sys
from importlib.metadata import requires, version
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from ostiary.platform.settings import read_settings
from tests.compose_file import (
    COMPOSE,
    FILE,
    OURS,
    OVERLAY,
    SERVICES,
    SETTINGS,
    STAGING,
    environment,
    make_secrets,
)
from tests.source_tree import HOUSE
from workshop.drills import DRILLS
from workshop.harness.procfile import read_procfile
from workshop.rehearsal.fitness import unfit
from workshop.rehearsal.named.file import read_stack_file

TOOLS = Path(sys.executable).parent
ARCHIVE = HOUSE / "docs/ops/compose/archive.yml"
PROCFILE = read_procfile(HOUSE / "Procfile")
SCRAPES = yaml.safe_load((HOUSE / "docs/ops/compose/prometheus.yml").read_text())["scrape_configs"]
MAILBOX = STAGING["services"]["mailbox"]
NAMED = read_stack_file(HOUSE / "docs/ops/compose/drills.toml", [each.name for each in DRILLS])
ALL = {**SERVICES, "mailbox": MAILBOX}
PROCESS = {"migrate": "release", "app": "web"}


def ran(*command: str | Path, **environ: str) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={"PATH": os.defpath, **environ}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    make_secrets(tmp_path / "secrets")
    return tmp_path / "secrets"


class TestTheImage:
    def test_satisfies_the_linter(self) -> None:
        ran(TOOLS / "hadolint", HOUSE / "Dockerfile")

    def test_holds_what_is_served_beside_the_code(self) -> None:
        kept = (HOUSE / ".dockerignore").read_text().splitlines()
        assert {"!docs/errors", "!docs/runbook.md", "!docs/ops/alive.py"} <= {*kept}
        assert "*" in kept

    def test_has_the_version_of_the_code(self) -> None:
        assert {each["image"] for each in OURS.values()} == {f"ostiary:{version('ostiary')}"}

    def test_installs_nothing_that_is_not_locked(self) -> None:
        steps = (HOUSE / "Dockerfile").read_text().replace("\\\n", "").splitlines()
        installs = [step for step in steps if "pip" in step and " install " in step]
        assert installs
        assert all("--require-hashes" in step or "--no-deps" in step for step in installs)


@pytest.mark.parametrize("file", [FILE, OVERLAY, ARCHIVE], ids=lambda each: each.name)
def test_the_whole_fits_the_specification(file: Path) -> None:
    ran(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)


def test_the_archive_starts_postgres_as_ever_but_for_its_log() -> None:
    """Compose replaces a command as a whole."""
    db = yaml.safe_load(ARCHIVE.read_text())["services"]["db"]
    usual = " ".join(SERVICES["db"]["command"]).replace("-c ", "-c")
    assert " ".join(each for each in db["command"] if "archive" not in each) == usual


def test_there_is_every_process() -> None:
    named = {PROCESS.get(name, name): " ".join(each["command"]) for name, each in OURS.items()}
    assert named == {"release": PROCFILE.release, **PROCFILE.processes}


@pytest.mark.parametrize("service", ALL.values(), ids=ALL)
class TestAService:
    def test_can_do_no_more_than_it_must(self, service: dict[str, Any]) -> None:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert int(service["user"].partition(":")[0]) > 0

    def test_has_limits(self, service: dict[str, Any]) -> None:
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}

    def test_is_looked_at_or_says_why_not(self, service: dict[str, Any]) -> None:
        assert ("healthcheck" in service) != bool(service.get("x-no-healthcheck"))

    def test_is_started_again_and_given_time_to_stop(self, service: dict[str, Any]) -> None:
        once = service["command"] == ["ostiary", "migrate"] if "command" in service else False
        assert service["restart"] == ("no" if once else "unless-stopped")
        assert int(service["stop_grace_period"].rstrip("s")) >= 35

    def test_runs_one_version(self, service: dict[str, Any]) -> None:
        assert re.search(r":(v?\d+\.\d+\.\d+|15\.\d+)(-\w+)?$", service["image"])

    def test_asks_for_what_is_there(self, service: dict[str, Any]) -> None:
        mounted = [each.split(":")[0] for each in service.get("volumes", ())]
        files = [each for each in mounted if each.startswith("./")]
        assert all((HOUSE / each).exists() for each in files)
        assert {*mounted} - {*files} <= COMPOSE["volumes"].keys()
        assert {*service.get("secrets", ())} <= COMPOSE["secrets"].keys()

    def test_is_reached_from_outside_by_the_proxy_alone(self, service: dict[str, Any]) -> None:
        ports = service.get("ports", [])
        assert service is SERVICES["proxy"] or all(each.startswith("127.0.0.1:") for each in ports)


@pytest.mark.parametrize("name", OURS)
class TestOneOfOurs:
    def test_sets_what_there_is_to_set(self, name: str) -> None:
        assert OURS[name]["environment"].keys() <= SETTINGS

    def test_is_content_with_its_settings(self, name: str, secrets: Path) -> None:
        settings = read_settings(environment(OURS[name], secrets), process=name)
        assert (settings.app_env, settings.metrics_guard) == ("production", "secret")

    def test_waits_for_the_schema_and_not_for_redis(self, name: str) -> None:
        waits = {other: each["condition"] for other, each in OURS[name]["depends_on"].items()}
        schema = {"migrate": "service_completed_successfully", "redis": "service_started"}
        assert waits == ({"db": "service_healthy"} if name == "migrate" else schema)


class TestTheNetworks:
    def test_let_nobody_but_the_app_near_both_sides(self) -> None:
        inside = {name for name, each in SERVICES.items() if "data" in each["networks"]}
        assert {
            name for name, each in SERVICES.items() if "front" in each["networks"]
        } & inside == {"app"}
        assert COMPOSE["networks"]["data"]["internal"] is True

    def test_have_one_address_that_is_trusted(self) -> None:
        proxy = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]
        assert {each["environment"]["TRUSTED_PROXIES"] for each in OURS.values()} == {f"{proxy}/32"}

    def test_give_that_address_to_nobody_else(self) -> None:
        """The app starts first, and takes whatever is free."""
        (front,) = COMPOSE["networks"]["front"]["ipam"]["config"]
        proxy = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]
        given, fixed = (
            ip_network(front["ip_range"]),
            (ip_address(proxy), ip_address(front["gateway"])),
        )
        assert all(each in ip_network(front["subnet"]) and each not in given for each in fixed)


class TestStaging:
    @pytest.mark.parametrize("name", OURS)
    def test_is_content_with_its_settings_and_fit_for_drills(
        self, name: str, secrets: Path
    ) -> None:
        environ = environment(STAGING["services"][name], secrets)
        settings = read_settings(environ, process=name)
        assert settings.app_env == "staging"
        assert list(unfit(settings)) == []

    def test_lets_whoever_comes_by_dockers_gateway_say_who_they_are(self) -> None:
        (front,) = COMPOSE["networks"]["front"]["ipam"]["config"]
        trusted = {STAGING["services"][name]["environment"]["TRUSTED_PROXIES"] for name in OURS}
        proxy = OURS["app"]["environment"]["TRUSTED_PROXIES"]
        assert trusted == {f"{proxy},{front['gateway']}/32"}

    def test_adds_a_mailbox_that_is_read_on_this_machine_alone(self) -> None:
        assert STAGING["services"].keys() - SERVICES.keys() == {"mailbox"}
        assert MAILBOX["ports"] == ["127.0.0.1:8025:8025"]
        assert {*MAILBOX["networks"]} <= COMPOSE["networks"].keys()

    def test_has_a_mailbox_of_locked_packages(self) -> None:
        packages = re.findall(r"/\^([\w-]+)==/", (HOUSE / "Dockerfile").read_text())
        needed = {re.split(r"\W", each)[0] for each in requires("aiosmtpd") or ()}
        assert {*packages} - {"setuptools"} == {"aiosmtpd", *needed}


class TestTheDrillsOfStaging:
    def test_are_all_but_the_one_that_would_lose_data(self) -> None:
        assert [each.name for each in DRILLS if NAMED.lacking(each)] == ["backup-restore"]

    def test_ask_compose_for_services_that_there_are(self) -> None:
        lines = [NAMED.ostiary, *(line for each in NAMED.faults.values() for _, line in each)]
        composed = [line for line in lines if line and line.startswith("docker compose ")]
        assert len(composed) >= 14
        assert all({*line.split()} & STAGING["services"].keys() for line in composed)

    def test_read_the_secret_that_was_made(self, secrets: Path) -> None:
        assert (secrets.parent / str(NAMED.metrics_secret_file)).exists()


class TestTheSecrets:
    def test_are_all_made_but_the_certificate(self, secrets: Path) -> None:
        wanted = {Path(each["file"]).name for each in COMPOSE["secrets"].values()}
        made = {each.name for each in secrets.iterdir()}
        assert wanted - made == {"tls_certificate.pem", "tls_key.pem"}

    def test_are_behind_a_closed_door(self, secrets: Path) -> None:
        assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
        assert {stat.S_IMODE(each.stat().st_mode) for each in secrets.iterdir()} == {0o444}

    def test_stay_as_they_are(self, secrets: Path) -> None:
        before = (secrets / "secret_keys").read_text()
        make_secrets(secrets)
        assert (secrets / "secret_keys").read_text() == before

    def test_are_not_made_empty_without_openssl(self, tmp_path: Path) -> None:
        for tool in ("cat", "chmod", "mkdir"):
            (tmp_path / tool).symlink_to(f"/bin/{tool}")
        script = HOUSE / "docs/ops/compose/secrets.sh"
        environ = {"PATH": str(tmp_path), "SMTP_URL": "smtp://mail.example.com"}
        done = subprocess.run(["/bin/sh", script, tmp_path / "s"], check=False, env=environ)
        assert done.returncode != 0
        assert not (tmp_path / "s").exists()

    @pytest.mark.parametrize("page", ["README.md", "docs/deployment.md"])
    def test_of_a_trial_are_made_where_nobody_commits_them(self, page: str, tmp_path: Path) -> None:
        lines = re.findall(
            r"^ *\$ ((?:openssl req|chmod) .+)$", (HOUSE / page).read_text(), re.MULTILINE
        )
        (tmp_path / "secrets").mkdir()
        for line in lines:
            subprocess.run(["sh", "-c", line], check=True, cwd=tmp_path, capture_output=True)
        made = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob("*/*")}
        assert made == {"tls_certificate.pem": 0o444, "tls_key.pem": 0o444}
        assert [each.name for each in tmp_path.iterdir()] == ["secrets"]

    def test_are_no_values_of_the_file(self) -> None:
        assert not re.search(r"(PASSWORD|KEYS|SECRET|_AUTH|PASS): ", FILE.read_text())


class TestPrometheus:
    def test_asks_services_that_there_are(self) -> None:
        named = [name for job in SCRAPES for name in names_of(job)]
        assert {*named} <= SERVICES.keys()
        assert {job["job_name"] for job in SCRAPES} >= {"ostiary-web", "ostiary-worker"}

    def test_shares_a_network_with_them(self) -> None:
        for name in (name for job in SCRAPES for name in names_of(job)):
            assert {*SERVICES["prometheus"]["networks"]} & {*SERVICES[name]["networks"]}


def names_of(job: dict[str, Any]) -> list[str]:
    found = [name for each in job.get("dns_sd_configs", ()) for name in each["names"]]
    targets = [target for each in job.get("static_configs", ()) for target in each["targets"]]
    return found + [target.partition(":")[0] for target in targets]
