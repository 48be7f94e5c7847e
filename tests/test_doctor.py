"""The doctor finds nothing in a healthy system, and answers in time whatever hangs."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ostiary.doctor.advice import ADVICE, BY_SUBJECT
from ostiary.doctor.doctor import LOOKS, Doctor
from ostiary.doctor.examination import NO_ANSWER
from ostiary.doctor.finding import SEVERITIES, Finding, RoundTrip, Seen
from ostiary.doctor.site import Site
from tests.command_line_fixture import call
from tests.doctor_fixture import Clinic, clinic, frozen, ward
from tests.source_tree import HOUSE, MODULES
from tests.toy_api import toy_api

__all__ = ["clinic", "ward"]

LIMIT_SECONDS = 15
SECTIONS = re.split("^### ", (HOUSE / "docs/runbook.md").read_text(), flags=re.MULTILINE)
SECRETS = (
    "Zq8wq0rR3mNn1bX5vT7yU2kJ9hG4fD6s",
    "whsec_",
    "ops@example.com",
    "127.0.0.1",
    "://default:",
)


def ask(clinic: Clinic, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return call("doctor", *words, environ={"PATH": os.defpath} | clinic.environ | environ)


def timed(clinic: Clinic) -> tuple[float, dict[str, Any]]:
    began = time.monotonic()
    said = json.loads(ask(clinic, "--json").stdout)
    return time.monotonic() - began, said


class TestAHealthySystem:
    def test_has_no_finding(self, clinic: Clinic) -> None:
        report = clinic.examine()
        assert (report.findings, report.unseen, report.verdict) == ([], {}, "healthy")

    def test_has_round_trips(self, clinic: Clinic) -> None:
        trips = clinic.examine().round_trips
        assert set(trips) == {"postgres", "redis", "smtp"}
        assert min(trips.values()) > 0

    def test_ends_with_0_and_says_so(self, clinic: Clinic) -> None:
        said = ask(clinic)
        assert (said.returncode, said.stderr) == (0, "")
        assert "Nothing to find" in said.stdout


class TestTheAnswer:
    def test_is_1_when_something_is_critical(self, clinic: Clinic) -> None:
        assert ask(clinic, REDIS_URL="redis://127.0.0.1:1/0").returncode == 1

    def test_is_0_for_a_warning(self, clinic: Clinic) -> None:
        said = ask(clinic, RATE_LIMIT_LOGIN="off")
        assert (said.returncode, "WARNING   limits_off" in said.stdout) == (0, True)

    def test_is_78_for_bad_settings(self, clinic: Clinic) -> None:
        assert ask(clinic, PORT="no").returncode == 78

    def test_has_all_an_operator_needs(self, clinic: Clinic) -> None:
        found = json.loads(ask(clinic, "--json", RATE_LIMIT_LOGIN="off").stdout)["findings"]
        assert found == [
            {
                "id": "limits_off",
                "severity": "warning",
                "summary": ADVICE["limits_off"].summary,
                "evidence": "Off: RATE_LIMIT_LOGIN.",
                "fix": ADVICE["limits_off"].fix,
                "command": None,
                "runbook_url": "http://localhost:3000/docs/runbook#limits_off",
            }
        ]

    def test_begins_with_the_worst(self, clinic: Clinic) -> None:
        clinic.run("DELETE FROM heartbeat")
        report = clinic.examine(RATE_LIMIT_LOGIN="off", SECRET_KEYS="k" * 32)
        ranks = [SEVERITIES.index(each.advice.severity) for each in report.findings]
        assert ranks == sorted(ranks)
        assert {0, 1} <= set(ranks)

    @pytest.mark.parametrize("words", [(), ("--json",)])
    def test_holds_no_secret_and_no_address(self, clinic: Clinic, words: tuple[str, ...]) -> None:
        with frozen(clinic.redis):
            said = ask(clinic, *words, RATE_LIMIT_LOGIN="off")
        secrets = (*SECRETS, clinic.postgres.password, clinic.redis.password)
        assert [secret for secret in secrets if secret in said.stdout + said.stderr] == []


class TestInTime:
    def test_with_a_frozen_redis(self, clinic: Clinic) -> None:
        with frozen(clinic.redis):
            seconds, said = timed(clinic)
        assert seconds < LIMIT_SECONDS
        assert [each["id"] for each in said["findings"]] == ["redis_unreachable"]

    def test_with_a_frozen_postgres(self, clinic: Clinic) -> None:
        with frozen(clinic.postgres):
            seconds, said = timed(clinic)
        assert seconds < LIMIT_SECONDS
        assert [each["id"] for each in said["findings"]] == ["postgres_unreachable"]
        assert {"letters", "processes", "signing keys"} <= {s["subject"] for s in said["unseen"]}

    def test_with_a_locked_table_of_which_alone_nothing_is_known(self, clinic: Clinic) -> None:
        holder = clinic.connect()
        holder.cursor().execute("BEGIN; LOCK TABLE outbox")
        assert set(clinic.examine().unseen) == {"letters"}
        holder.close()

    def test_with_a_look_that_never_ends(self, clinic: Clinic) -> None:
        def look(_: Site) -> Iterator[Finding]:
            time.sleep(3)
            yield Finding("limits_off", "Off.")

        doctor = Doctor(clinic.site(), {"endless": look}, deadline=timedelta(seconds=0.1))
        assert doctor.examine().unseen == {"endless": NO_ANSWER}

    def test_with_a_look_that_fails_after_it_has_seen_something(self, clinic: Clinic) -> None:
        def look(_: Site) -> Iterator[Seen]:
            yield RoundTrip("toy", 1)
            yield Finding("limits_off", "Off.")
            raise ValueError("a secret")

        report = Doctor(clinic.site(), {"toy": look}).examine()
        assert [each.advice.id for each in report.findings] == ["limits_off"]
        assert report.unseen == {"toy": "the look failed: ValueError"}


class TestTheTable:
    def test_has_every_id_once(self) -> None:
        assert len(ADVICE) == sum(map(len, BY_SUBJECT.values()))

    def test_has_every_id_that_a_look_may_name_and_no_other(self) -> None:
        looks = [m for m in MODULES if m.name.startswith("ostiary.doctor")]
        named = {text for m in looks if ".advice." not in m.name for text, _ in m.strings()}
        assert set(ADVICE) <= named

    @pytest.mark.parametrize("id", ADVICE)
    def test_leads_to_a_section_of_the_runbook(self, id: str) -> None:
        path, _, anchor = ADVICE[id].runbook.partition("#")
        assert f'id="{anchor}"' in toy_api().simulate_get(path).text

    @pytest.mark.parametrize("id", ADVICE)
    def test_is_what_the_runbook_says(self, id: str) -> None:
        section = next(each for each in SECTIONS if each.startswith(f"{id}\n"))
        said, advice = " ".join(section.split()), ADVICE[id]
        assert f"**{advice.severity.capitalize()}.** {advice.summary}" in said
        assert advice.fix in said
        assert advice.command in said

    def test_has_a_look_for_every_subject(self) -> None:
        assert len(LOOKS) >= len(BY_SUBJECT)
