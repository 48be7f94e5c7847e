"""One run of everything: servers, schema, mailbox and processes, from start to stop."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from ostiary.platform.signals import Stopped, stoppable
from workshop.dev.banner import Places, panel
from workshop.dev.output import Screen
from workshop.harness.environment import as_shell_script, complete, ports, usual_settings
from workshop.harness.errors import CannotStart
from workshop.harness.ports import ensure_free
from workshop.harness.procfile import read_procfile
from workshop.harness.readiness import missing
from workshop.harness.secret_files import write_secret
from workshop.harness.servers import Servers
from workshop.harness.state import sole_use
from workshop.harness.supervisor import Supervisor
from workshop.mailbox import Mailbox

PATIENCE_SECONDS = 60.0
GLANCE_SECONDS = 0.3


@dataclass
class Run:
    folder: Path
    environ: Mapping[str, str]
    screen: Screen
    fresh: bool = False
    postgres_bin: Path | None = None
    redis_bin: Path | None = None
    _began: float = field(default_factory=time.monotonic, init=False)

    @property
    def home(self) -> Path:
        return self.folder / ".ostiary"

    def until_stopped(self) -> int:
        """The exit code: 0 when asked to stop, 1 when it could not start or go on."""
        supervisor = Supervisor(self.screen.show)
        try:
            with stoppable(supervisor.kill) as end, ExitStack() as opened:
                try:
                    self._live(supervisor, opened)
                finally:
                    end()
        except Stopped:
            self._say("stopped")
            return 0
        except CannotStart as problem:
            for line in str(problem).splitlines():
                self._say(line)
            return 1

    def _live(self, supervisor: Supervisor, opened: ExitStack) -> NoReturn:
        procfile = read_procfile(self.folder / "Procfile")
        opened.enter_context(sole_use(self.home))
        ensure_free(ports(self.environ))
        settings = self._open_servers(opened)
        self._open_mailbox(opened)
        opened.callback(supervisor.stop)
        if procfile.release:
            supervisor.run("release", procfile.release, settings, self.folder)
        for name, command in procfile.processes.items():
            supervisor.start(name, command, settings, self.folder)
        self._await(supervisor)
        while True:
            supervisor.ensure_all_run()
            time.sleep(GLANCE_SECONDS)

    def _open_servers(self, opened: ExitStack) -> dict[str, str]:
        servers = Servers(
            home=self.home,
            environ=self.environ,
            say=self._say,
            fresh=self.fresh,
            postgres_bin=self.postgres_bin,
            redis_bin=self.redis_bin,
        )
        chosen = usual_settings(self.environ) | servers.open(opened)
        write_secret(self._settings_file, as_shell_script(chosen))
        return complete(self.environ, chosen)

    def _open_mailbox(self, opened: ExitStack) -> None:
        taken = ports(self.environ)
        mailbox = Mailbox(smtp_port=taken["MAILBOX_SMTP_PORT"], http_port=taken["MAILBOX_PORT"])
        opened.enter_context(mailbox)

    def _await(self, supervisor: Supervisor) -> None:
        """Says what it waits for, and shows the panel even when that does not come."""
        port = ports(self.environ)["PORT"]
        deadline = time.monotonic() + PATIENCE_SECONDS
        said: list[str] = []
        while (lacking := missing(port)) and time.monotonic() < deadline:
            supervisor.ensure_all_run()
            if lacking != said:
                self._say(f"waiting for {', '.join(lacking)}")
                said = lacking
            time.sleep(GLANCE_SECONDS)
        self._show_panel(lacking)

    def _show_panel(self, lacking: list[str]) -> None:
        taken = ports(self.environ)
        self.screen.print(
            panel(
                Places(
                    url=f"http://localhost:{taken['PORT']}",
                    mailbox=f"http://localhost:{taken['MAILBOX_PORT']}",
                    smtp_port=taken["MAILBOX_SMTP_PORT"],
                    flower_port=taken["FLOWER_PORT"],
                    settings=self._settings_file,
                ),
                seconds=time.monotonic() - self._began,
                lacking=lacking,
            )
        )

    @property
    def _settings_file(self) -> Path:
        return self.home / "settings.sh"

    def _say(self, line: str) -> None:
        self.screen.show("ostiary", line)
