"""A mail server has as long as we say, however slowly it drips."""

import threading
import time
from datetime import timedelta

import pytest

from ostiary.courier.smtp import ServerUnreachable
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
            assert 0.15 < time.monotonic() - began < 0.7

    def test_ends_an_encryption_that_never_begins(self) -> None:
        with peer(GREETING=STAY_SILENT) as server:
            client = smtp(server.port, "tls", deadline=timedelta(seconds=0.2))
            assert "timed out" in reason_for(ServerUnreachable, client)

    def test_leaves_no_thread_behind(self) -> None:
        before = threading.active_count()
        with peer(GREETING=DRIP) as server:
            reason_for(ServerUnreachable, smtp(server.port, deadline=timedelta(seconds=0.1)))
        assert threading.active_count() == before
