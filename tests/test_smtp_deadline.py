"""A mail server has as long as we say, however slowly it drips."""

import threading
import time
from datetime import timedelta

import pytest

from ostiary.courier.smtp import ServerUnreachable, Smtp
from ostiary.platform.settings import SmtpServer
from ostiary.platform.settings.smtp import Encryption
from tests.smtp_peers import DRIP, STAY_SILENT, peer
from tests.smtp_sender import ALL_EXTENSIONS, reason_for, smtp


class TestTheDeadline:
    @pytest.mark.parametrize("step", ["GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT"])
    @pytest.mark.parametrize("manner", [DRIP, STAY_SILENT])
    def test_ends_a_server_that_only_seems_to_work(self, step: str, manner: str) -> None:
        with peer(**{"EHLO": ALL_EXTENSIONS} | {step: manner}) as server:
            encryption: Encryption = "require" if step == "STARTTLS" else "off"
            client = smtp(server.port, encryption, user="mailer", deadline=timedelta(seconds=0.2))
            began = time.monotonic()
            assert "timed out" in reason_for(ServerUnreachable, client)
            assert 0.15 < time.monotonic() - began < 3

    def test_ends_an_encryption_that_never_begins(self) -> None:
        with peer(GREETING=STAY_SILENT) as server:
            client = smtp(server.port, "tls", deadline=timedelta(seconds=0.2))
            assert "timed out" in reason_for(ServerUnreachable, client)

    def test_includes_the_look_up_of_its_name(self, silent_name: str) -> None:
        server = SmtpServer(silent_name, 25, None, None, "off")
        began = time.monotonic()
        told = reason_for(ServerUnreachable, Smtp(server, timedelta(seconds=0.2)))
        assert told == "timed out looking up the host's name"
        assert time.monotonic() - began < 0.7

    def test_leaves_no_thread_behind(self) -> None:
        before = {*threading.enumerate()}
        with peer(GREETING=DRIP) as server:
            reason_for(ServerUnreachable, smtp(server.port, deadline=timedelta(seconds=0.1)))
        assert {*threading.enumerate()} <= before
