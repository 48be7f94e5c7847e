"""The runbook's own commands bring Postgres back to a moment, and Redis back at all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.processes.load import lasting, under_load
from tests.processes.rehearsal import archive, go_through, procedure, start_processes
from tests.processes.stage import PASSWORD, Stage, open_stage, temporary_home, wait_until
from tests.processes.terminal import Terminal

NEW_PASSWORD = "two quiet lanterns"
OWNER, LOCKED, UNSENT, LATER, SINCE = (
    f"{each}@example.com" for each in ("ada", "bob", "cleo", "dan", "gus")
)
SETTINGS = {
    "AUTH_EMAIL_VERIFICATION_REQUIRED": "false",
    "PASSWORD_HASH": "argon2id:m=8,t=1,p=1",
    "WEB_CONCURRENCY": "1",
    "WORKER_CONCURRENCY": "1",
}


@dataclass
class Story:
    """What was true at the moment, and what was used after it."""

    terminal: Terminal
    tokens: dict[str, Any] = field(default_factory=dict)
    reset: dict[str, str] = field(default_factory=dict)
    under_load: set[str] = field(default_factory=set)

    @property
    def stage(self) -> Stage:
        return self.terminal.stage

    def until_the_moment(self) -> None:
        """A base backup under load; most of the rest is in the log alone, a letter is unsent."""
        with under_load(self.stage) as load:
            lasting(0.5)
            self.terminal.paste(procedure("Back up", "backup.sh"))
        self.under_load = {*load.registered}
        self.stage.register(OWNER)
        self.tokens = self.log_in(OWNER).json()
        self.stage.post("/v1/auth/password/forgot", email=OWNER)
        self.reset = {"token": self.token(OWNER, "/reset-password"), "password": NEW_PASSWORD}
        for _ in range(5):
            self.stage.post("/v1/auth/login", email=LOCKED, password="a wrong one")
        wait_until(lambda: not self.stage.rows("SELECT 1 FROM outbox WHERE status = 'queued'"))
        self.stage.mailbox.stop()
        self.stage.register(UNSENT)

    def after_it(self) -> None:
        self.stage.mailbox.start()
        self.token(UNSENT, "/verify-email")
        self.stage.post("/v1/auth/refresh", refresh_token=self.tokens["refresh_token"])
        assert self.stage.post("/v1/auth/password/reset", **self.reset).ok
        self.stage.register(LATER)
        self.stage.mailbox.empty()

    def log_in(self, email: str) -> Any:
        return self.stage.post("/v1/auth/login", email=email, password=PASSWORD)

    def token(self, email: str, path: str) -> str:
        wait_until(lambda: self._links(email, path))
        return self._links(email, path)[0].partition("token=")[2]

    def _links(self, email: str, path: str) -> list[str]:
        letters = self.stage.mailbox.letters(to=email)
        return [link for each in letters for link in each.links if path in link]


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    """Told, lost, and restored to the moment."""
    with temporary_home() as home, open_stage(home, **SETTINGS) as stage:
        terminal = Terminal(stage)
        archive(terminal)
        start_processes(stage)
        story = Story(terminal)
        story.until_the_moment()
        ((moment,),) = stage.rows("SELECT clock_timestamp()::text")
        terminal.environ["MOMENT"] = moment
        story.after_it()
        go_through(terminal, procedure("Restore to a moment", "restore.sh"))
        wait_until(lambda: stage.check("workers") == "up")
        yield story


class TestAPostgresRestoredToAMoment:
    def test_has_the_accounts_of_the_moment(self, story: Story) -> None:
        assert story.log_in(OWNER).status_code == 200
        assert story.log_in(LATER).status_code == 401

    def test_has_whom_the_backup_met_on_the_way(self, story: Story) -> None:
        known = {email for (email,) in story.stage.rows("SELECT email FROM account")}
        assert story.under_load
        assert story.under_load <= known

    def test_has_its_locks(self, story: Story) -> None:
        assert story.log_in(LOCKED).json()["code"] == "login_locked"

    def test_sends_the_letters_that_were_unsent(self, story: Story) -> None:
        assert story.token(UNSENT, "/verify-email")

    def test_has_an_audit_that_is_intact(self, story: Story) -> None:
        story.terminal.type("ostiary audit verify")

    def test_takes_no_token_used_since(self, story: Story) -> None:
        refreshed = story.stage.post(
            "/v1/auth/refresh", refresh_token=story.tokens["refresh_token"]
        )
        reset = story.stage.post("/v1/auth/password/reset", **story.reset)
        assert refreshed.json()["code"] == "refresh_token_invalid"
        assert reset.json()["code"] == "token_invalid"

    def test_leaves_what_was_lost_to_be_looked_at(self, story: Story) -> None:
        (lost,) = story.terminal.backup.glob("lost-*")
        assert (lost / "PG_VERSION").exists()


class TestAPostgresRestoredAgain:
    """From a base backup that was taken since, and remembers the moment."""

    @pytest.fixture
    def stage(self, story: Story) -> Stage:
        story.terminal.paste(procedure("Back up", "backup.sh"))
        story.stage.register(SINCE)
        story.terminal.environ["MOMENT"] = "latest"
        go_through(story.terminal, procedure("Restore to a moment", "restore.sh"))
        return story.stage

    def test_has_everything_there_is(self, story: Story, stage: Stage) -> None:
        assert story.log_in(SINCE).status_code == 200

    def test_leaves_what_was_lost_until_it_is_thrown_away(self, story: Story) -> None:
        assert len([*story.terminal.backup.glob("lost-*")]) == 2
        story.terminal.paste(procedure("Restore to a moment", "rm -rf"))
        assert not [*story.terminal.backup.glob("lost-*")]


class TestARedisRestored:
    @pytest.fixture
    def stage(self, story: Story) -> Stage:
        """With an append-only file, and nobody who takes a nudge from it."""
        story.stage.redis.durable = True
        story.stage.redis.restart()
        story.stage.kill("worker")
        return story.stage

    def test_from_an_old_copy_repeats_nothing(self, story: Story, stage: Stage) -> None:
        stage.register("eve@example.com")
        wait_until(lambda: stage.redis.client().llen("mail"))
        story.token("eve@example.com", "/verify-email")
        go_through(story.terminal, procedure("Restore Redis", "cp -a"))
        assert stage.redis.client().llen("mail")
        stage.start("worker")
        wait_until(lambda: not stage.redis.client().llen("mail"))
        stage.stop("worker")
        assert len(stage.mailbox.letters(to="eve@example.com")) == 1
        stage.start("worker")

    def test_empty_is_as_good(self, story: Story, stage: Stage) -> None:
        go_through(story.terminal, procedure("Restore Redis", "redis rm -rf"))
        stage.start("worker")
        stage.register("fay@example.com")
        story.token("fay@example.com", "/verify-email")
