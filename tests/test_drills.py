"""A drill says what it measured next to its bounds, and is run nowhere near production."""

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.command_line_fixture import call
from tests.source_tree import HOUSE
from workshop.drills import BY_NAME, DRILLS
from workshop.drills.backup_restore import BACKUP_RESTORE
from workshop.drills.key_rotation import KEY_ROTATION
from workshop.drills.postgres_frozen import POSTGRES_FROZEN
from workshop.drills.redis_down import REDIS_DOWN
from workshop.drills.worker_killed import WORKER_KILLED
from workshop.rehearsal.drill import Drill
from workshop.rehearsal.judgement import judge, wrong_notices
from workshop.rehearsal.page import page_of
from workshop.rehearsal.permission import refusal
from workshop.rehearsal.record import Answer, Journey, Look, Notice, Record
from workshop.rehearsal.report import Report
from workshop.rehearsal.summary import figures, overview
from workshop.rehearsal.verdict import Verdict
from workshop.rehearsal.visitor import Reply

FAULT, REPAIR = 100.0, 110.0


def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return call("drill", *words, environ=environ)


def good_course() -> Record:
    """As a drill of Redis should go."""
    return Record(
        answers=[
            Answer("owner", "me", 99, 0.01, 200, "fine"),
            Answer("owner", "me", 105, 0.02, 200, "fine"),
            Answer("guesser", "login", 106, 0.1, 401, "fine"),
        ],
        looks=[
            Look(99, "ready", {"redis": "up"}),
            Look(102, "degraded", {"redis": "down"}),
            Look(111, "ready", {"redis": "up"}),
            Look(113, "ready", {"redis": "up"}),
        ],
        notices=[
            Notice(108, "webhook", "firing redis_unavailable"),
            Notice(109, "mail", "firing redis_unavailable"),
            Notice(120, "webhook", "resolved redis_unavailable"),
            Notice(121, "mail", "resolved redis_unavailable"),
        ],
        journeys=[Journey("ada@example.com", 101, 104, is_complete=True)],
        fault_at=FAULT,
        repair_at=REPAIR,
    )


def missed(record: Record, drill: Drill = REDIS_DOWN) -> list[str]:
    return [each.what for each in judge(drill, record) if not each.is_kept]


def measured(record: Record, drill: Drill = REDIS_DOWN) -> dict[str, float | None]:
    return {each.what: each.measured for each in judge(drill, record)}


def document(record: Record) -> dict[str, Any]:
    verdicts = list(judge(REDIS_DOWN, record))
    return Report(REDIS_DOWN, record, verdicts, datetime(2026, 3, 1, tzinfo=UTC)).as_json()


class TestABound:
    def test_is_kept_up_to_the_figure_itself(self) -> None:
        assert Verdict("detected", 10.0, 10, "s").is_kept
        assert not Verdict("detected", 10.1, 10, "s").is_kept

    def test_is_missed_by_what_never_came(self) -> None:
        assert not Verdict("detected", None, 10, "s").is_kept


class TestAGoodCourse:
    def test_keeps_every_bound(self) -> None:
        assert missed(good_course()) == []

    def test_is_measured_from_the_fault_and_from_its_repair(self) -> None:
        found = measured(good_course())
        assert (found["detected"], found["alerted by mail"]) == (2, 9)
        assert (found["mitigated: letters"], found["recovered"]) == (4, 1)
        assert (found["resolved by webhook"], found["resolved by mail"]) == (10, 11)

    def test_has_recovered_when_every_web_process_says_so(self) -> None:
        record = good_course()
        record.looks[-1:] = [Look(112, "degraded", {"redis": "down"}), Look(113, "ready", {})]
        assert measured(record)["recovered"] is None
        record.looks.append(Look(115, "ready", {}))
        assert measured(record)["recovered"] == 3


class TestABadCourse:
    def test_is_one_whose_fault_is_detected_late(self) -> None:
        record = good_course()
        record.looks[1] = Look(110.5, "degraded", {"redis": "down"})
        assert "detected" in missed(record)

    def test_is_one_with_an_answer_that_failed(self) -> None:
        record = good_course()
        record.answers.append(Answer("newcomer", "login", 105, 0.1, 500, "failed"))
        assert missed(record) == ["answers that failed"]

    def test_is_one_with_a_503_unless_postgres_is_away(self) -> None:
        record = good_course()
        record.answers.append(Answer("newcomer", "login", 105, 0.1, 503, "later"))
        assert missed(record) == ["answers to come again"]
        assert "answers to come again" not in missed(record, POSTGRES_FROZEN)

    def test_is_one_whose_503_takes_too_long(self) -> None:
        record = good_course()
        record.answers.append(Answer("newcomer", "login", 105, 3.1, 503, "later"))
        assert "slowest 503" in missed(record, POSTGRES_FROZEN)

    def test_is_one_in_which_everybody_waits(self) -> None:
        record = good_course()
        record.answers += [Answer("owner", "me", 105, 0.4, 200, "fine")] * 9
        assert missed(record) == ["median answer slower by"]

    def test_is_one_with_a_guess_too_many(self) -> None:
        record = good_course()
        record.answers += [Answer("guesser", "login", 107, 0.1, 401, "fine")] * 5
        assert missed(record) == ["guesses judged at one address"]

    def test_counts_a_guess_that_was_never_answered(self) -> None:
        record = good_course()
        record.answers += [Answer("guesser", "login", 107, 10, 0, "failed")] * 5
        assert measured(record)["guesses judged at one address"] == 6

    def test_is_one_that_loses_a_letter(self) -> None:
        record = good_course()
        record.journeys.append(Journey("bob@example.com", 103))
        assert missed(record) == [
            "promised letters that never came",
            "newcomers who did not get in",
        ]

    @pytest.mark.parametrize("line", ["firing redis_unavailable", "firing mail_backlog"])
    def test_is_one_that_tells_a_thing_twice_or_in_vain(self, line: str) -> None:
        record = good_course()
        record.notices.append(Notice(115, "webhook", line))
        assert missed(record) == ["wrong notices by webhook"]

    def test_may_tell_what_comes_where_the_machine_is_slow(self) -> None:
        record = Record(notices=[Notice(105, "webhook", "firing postgres_unavailable")])
        assert not wrong_notices(BACKUP_RESTORE, record, "webhook")
        assert wrong_notices(KEY_ROTATION, record, "webhook")


class TestAReport:
    def test_counts_seconds_from_the_fault(self) -> None:
        line = document(good_course())["timeline"]
        assert (line["began"], line["repair"]) == (-1, 10)
        assert [each["began"] for each in line["ready"]] == [-1, 2, 11]
        assert line["letters"] == [{"promised": 1, "arrived": 4}]

    def test_says_whether_everything_was_kept(self) -> None:
        record = good_course()
        assert document(record)["kept"]
        record.notices.clear()
        assert not document(record)["kept"]

    def test_names_each_answer_that_failed(self) -> None:
        record = good_course()
        record.answers.append(Answer("newcomer", "login", 105, 0.1, 500, "failed"))
        (failed,) = document(record)["failed"]
        assert (failed["asked"], failed["status"], failed["at"]) == ("login", 500, 5)
        assert "newcomer asked login and got 500" in page_of("all", [document(record)])

    def test_is_json(self) -> None:
        assert json.loads(json.dumps(document(good_course())))["drill"] == "redis-down"


class TestThePage:
    def test_needs_nothing_else(self) -> None:
        page = page_of("redis-down", [document(good_course())])
        assert "default-src 'none'" in page
        assert not re.search(r"<script|(src|href)=\"(?!#)|@import|url\(", page)

    def test_shows_the_course_as_a_picture(self) -> None:
        page = page_of("redis-down", [document(good_course())])
        assert "<svg" in page
        assert "degraded from 2" in page
        assert "9.0 s of 30 s" in page

    def test_says_what_was_missed(self) -> None:
        record = good_course()
        record.looks.clear()
        page = page_of("redis-down", [document(record)])
        assert "a bound was MISSED" in page
        assert "never" in page

    def test_shows_even_a_drill_that_saw_nothing(self) -> None:
        assert "<svg" in page_of("redis-down", [document(Record(fault_at=1, repair_at=2))])

    def test_shows_what_others_wrote_as_text(self) -> None:
        report = document(good_course()) | {"injects": "<script>"}
        assert "<script>" not in page_of("redis-down", [report])


class TestTheTable:
    def test_shows_each_figure_next_to_its_bound(self) -> None:
        record = good_course()
        report = Report(REDIS_DOWN, record, list(judge(REDIS_DOWN, record)), datetime.now(UTC))
        assert overview([report]) == [
            ("redis-down", "2.0/10", "9.0/30", "4.0/10", "1.0/10", "11.0/30", "1", "kept")
        ]

    def test_says_never_where_nothing_came(self) -> None:
        record = good_course()
        record.notices.clear()
        report = Report(REDIS_DOWN, record, list(judge(REDIS_DOWN, record)), datetime.now(UTC))
        assert "never/30" in overview([report])[0]
        assert ("redis-down", "alerted by mail", "never", "30 s", "MISSED") in figures(
            [report], missed_only=True
        )


class TestTheLongest:
    """Begins first, so that no stack is idle while another has it still to do."""

    def test_is_that_with_the_latest_bounds(self) -> None:
        assert WORKER_KILLED.longest == 120
        assert POSTGRES_FROZEN.longest == 60

    def test_lasts_as_long_as_its_fault(self) -> None:
        assert KEY_ROTATION.longest == 22


class TestAnAnswerToComeAgain:
    def test_is_an_outage_or_a_rate_limit(self) -> None:
        assert Reply(503, {"code": "unavailable"}, 1, 0, 0).says_later
        assert Reply(429, {"code": "rate_limited"}, 60, 0, 0).says_later

    def test_is_not_a_lock(self) -> None:
        assert not Reply(429, {"code": "login_locked"}, 900, 0, 0).says_later


class TestWhereItMayBeRun:
    @pytest.mark.parametrize("name", ["APP_ENV", "NODE_ENV"])
    def test_is_not_in_production(self, name: str) -> None:
        said = run("redis-down", **{name: "production"})
        assert said.returncode == 1
        assert "production" in said.stderr

    def test_is_not_where_a_file_says_production(self, tmp_path: Path) -> None:
        (tmp_path / "env").write_text("production\n")
        assert refusal({"APP_ENV_FILE": str(tmp_path / "env")})

    def test_is_not_in_the_name_of_staging(self) -> None:
        assert "staging" in (refusal({"APP_ENV": "staging"}) or "")

    def test_is_everywhere_else(self) -> None:
        assert refusal({}) is None
        assert refusal({"NODE_ENV": "production", "APP_ENV": "test"}) is None


class TestTheList:
    def test_names_every_drill(self) -> None:
        said = run("--list").stdout
        assert all(name in said for name in BY_NAME)

    def test_comes_as_json(self) -> None:
        listed = json.loads(run("--list", "--json").stdout)
        assert [each["name"] for each in listed] == [each.name for each in DRILLS]

    def test_is_offered_to_whoever_names_none_of_it(self) -> None:
        said = run("redis-up")
        assert said.returncode == 2
        assert "redis-down" in said.stderr


class TestADrill:
    @pytest.mark.parametrize("page", ["drills", "runbook"])
    def test_is_found_on_every_page_about_it(self, page: str) -> None:
        text = (HOUSE / f"docs/{page}.md").read_text()
        assert [
            name for name in BY_NAME if not re.search(rf"`(ostiary drill )?{name}`", text)
        ] == []

    @pytest.mark.parametrize("drill", DRILLS, ids=lambda each: each.name)
    def test_has_a_section_in_the_runbook(self, drill: Drill) -> None:
        headings = re.findall(r"^## (.+)$", (HOUSE / "docs/runbook.md").read_text(), re.MULTILINE)
        assert drill.runbook in [each.lower().replace(" ", "-") for each in headings]
