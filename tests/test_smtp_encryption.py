"""Letters and passwords travel encrypted, as far as the settings ask for it."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Debugging
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from ostiary.courier.smtp import ServerMisconfigured
from tests.smtp_peers import Peer, peer, plain_credentials, self_signed
from tests.smtp_sender import ALL_EXTENSIONS, PASSWORD, reason_for, send, smtp
from workshop.harness.ports import free_port


def check_password(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
) -> AuthResult:
    return AuthResult(success=login.password == PASSWORD.encode())


class TestEncryption:
    @pytest.fixture
    def trusted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
        certificate, tls = self_signed(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with peer(tls, EHLO=ALL_EXTENSIONS) as server:
            yield server

    def test_hides_the_password(self, trusted: Peer) -> None:
        send(smtp(trusted.port, "require", user="mailer"))
        verbs = [line.split()[0].upper() for line in trusted.heard]
        assert verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]
        assert plain_credentials(trusted.heard[3]) == ["mailer", PASSWORD]

    def test_asks_for_no_reference_when_it_is_a_courtesy(self, tmp_path: Path) -> None:
        _, tls = self_signed(tmp_path)
        with peer(tls, EHLO=ALL_EXTENSIONS) as server:
            send(smtp(server.port, "auto"))
        assert "STARTTLS" in server.heard

    def test_is_done_without_when_it_is_a_courtesy(self) -> None:
        with peer() as server:
            send(smtp(server.port, "auto"))
        assert len(server.letters) == 1

    def test_is_left_out_on_demand(self) -> None:
        with peer(EHLO=ALL_EXTENSIONS) as server:
            send(smtp(server.port, "off"))
        assert "STARTTLS" not in server.heard


class TestAServerThatSomebodyElseWrote:
    @pytest.fixture
    def mailbox(self) -> StringIO:
        return StringIO()

    @pytest.fixture
    def port(
        self, mailbox: StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[int]:
        certificate, tls = self_signed(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        controller = Controller(
            Debugging(mailbox),
            hostname="127.0.0.1",
            port=free_port(),
            tls_context=tls,
            auth_required=True,
            authenticator=check_password,
        )
        controller.start()
        yield controller.port
        controller.stop()

    def test_takes_the_letter_of_a_user_it_knows(self, port: int, mailbox: StringIO) -> None:
        send(smtp(port, "require", user="mailer"))
        assert "Subject: Hello\n" in mailbox.getvalue()

    def test_sends_a_stranger_to_the_operator(self, port: int) -> None:
        assert "530" in reason_for(ServerMisconfigured, smtp(port, "require"))
