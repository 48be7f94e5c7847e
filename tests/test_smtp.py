"""Every way a letter can fail says who has to wait: everybody, the operator, or this letter."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Debugging
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from ostiary.courier.letters import Letter
from ostiary.courier.smtp import (
    LetterDeferred,
    LetterRefused,
    OutcomeUnknown,
    ServerMisconfigured,
    ServerUnreachable,
    Smtp,
    Undelivered,
)
from ostiary.platform.settings import SmtpServer
from ostiary.platform.settings.smtp import Encryption
from tests.smtp_peers import DRIP, HANG_UP, STAY_SILENT, Peer, peer, plain_credentials, self_signed

LETTER = Letter(
    to="ann@example.org",
    subject="Hello",
    text=".A line that begins with a dot\n",
    html="<p>Hello</p>\n",
    message_id="<1@example.com>",
    sender="Ostiary <noreply@example.com>",
    written_at=datetime(2026, 11, 5, tzinfo=UTC),
)
ALL_EXTENSIONS = "250-peer\r\n250-STARTTLS\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN"
PASSWORD = "correct horse battery staple"


def smtp(
    port: int,
    encryption: Encryption = "off",
    *,
    user: str | None = None,
    deadline: timedelta = timedelta(seconds=3),
) -> Smtp:
    password = None if user is None else PASSWORD
    return Smtp(SmtpServer("127.0.0.1", port, user, password, encryption), deadline)


def send(client: Smtp, letter: Letter = LETTER) -> None:
    with client.connect() as connection:
        connection.send(letter)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def reason_for(outcome: type[Undelivered], client: Smtp, letter: Letter = LETTER) -> str:
    with pytest.raises(outcome) as caught:
        send(client, letter)
    return caught.value.reason


class TestAnAcceptedLetter:
    def test_arrives_as_it_was_written(self) -> None:
        with peer() as server:
            send(smtp(server.port))
        assert server.letters[0].startswith(b"Date: Thu, 05 Nov 2026")
        assert b"\r\n.A line that begins with a dot\r\n" in server.letters[0]

    def test_goes_to_the_bare_addresses(self) -> None:
        with peer() as server:
            send(smtp(server.port))
        assert "MAIL FROM:<noreply@example.com>" in server.heard
        assert "RCPT TO:<ann@example.org>" in server.heard

    def test_may_be_followed_by_another(self) -> None:
        with peer() as server, smtp(server.port).connect() as connection:
            connection.send(LETTER)
            connection.send(LETTER)
            assert len(server.letters) == 2

    def test_is_not_held_up_by_the_farewell(self) -> None:
        with peer(QUIT=STAY_SILENT) as server:
            began = time.monotonic()
            send(smtp(server.port))
            assert time.monotonic() - began < 1

    def test_is_written_only_once_the_server_listens(self) -> None:
        with (
            peer(GREETING="421 come back later") as server,
            pytest.raises(ServerUnreachable),
            smtp(server.port).connect(),
        ):
            pytest.fail("the letter would have been written")

    def test_finds_the_address_where_the_server_listens(self) -> None:
        with peer() as server:
            send(Smtp(SmtpServer("localhost", server.port, None, None, "off")))
        assert len(server.letters) == 1

    def test_is_announced_by_our_address_unless_we_have_a_name(self) -> None:
        with peer() as server:
            send(smtp(server.port))
            send(replace(smtp(server.port), name="accounts.example.com"))
        assert [line for line in server.heard if "ehlo" in line] == [
            "ehlo [127.0.0.1]",
            "ehlo accounts.example.com",
        ]


class TestEverybodyWaits:
    def test_when_nobody_listens(self) -> None:
        assert "refused" in reason_for(ServerUnreachable, smtp(free_port()))

    def test_when_the_name_is_unknown(self) -> None:
        server = SmtpServer("mail.invalid", 25, None, None, "off")
        reason_for(ServerUnreachable, Smtp(server))

    @pytest.mark.parametrize("step", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
    def test_when_the_connection_is_lost_before_the_last_dot(self, step: str) -> None:
        with peer(**{step: HANG_UP}) as server:
            reason_for(ServerUnreachable, smtp(server.port))

    @pytest.mark.parametrize("step", ["GREETING", "EHLO", "MAIL"])
    @pytest.mark.parametrize("code", [421, 451])
    def test_when_the_server_asks_for_time(self, step: str, code: int) -> None:
        with peer(**{step: f"{code} later"}) as server:
            assert f"{code} later" in reason_for(ServerUnreachable, smtp(server.port))

    @pytest.mark.parametrize("step", ["GREETING", "MAIL", "RCPT", "DATA"])
    def test_when_the_answer_makes_no_sense(self, step: str) -> None:
        with peer(**{step: "HTTP/1.1 400 Bad Request"}) as server:
            assert "no sense" in reason_for(ServerUnreachable, smtp(server.port))

    def test_when_the_server_does_not_speak_tls(self) -> None:
        with peer() as server:
            assert "SSL" in reason_for(ServerUnreachable, smtp(server.port, "tls"))

    def test_when_starttls_is_refused(self) -> None:
        with peer(EHLO=ALL_EXTENSIONS, STARTTLS="454 not now") as server:
            reason_for(ServerUnreachable, smtp(server.port, "require"))

    def test_when_the_log_in_is_asked_to_wait(self) -> None:
        with peer(EHLO=ALL_EXTENSIONS, AUTH="454 not now") as server:
            reason_for(ServerUnreachable, smtp(server.port, user="mailer"))


class TestTheOperatorMustAct:
    def test_when_the_password_is_refused(self) -> None:
        with peer(EHLO=ALL_EXTENSIONS, AUTH="535 no") as server:
            assert "535" in reason_for(ServerMisconfigured, smtp(server.port, user="mailer"))

    def test_when_there_is_no_way_to_log_in(self) -> None:
        with peer(EHLO="250-peer\r\n250 AUTH GSSAPI") as server:
            reason_for(ServerMisconfigured, smtp(server.port, user="mailer"))

    def test_when_the_user_cannot_be_written(self) -> None:
        with peer(EHLO=ALL_EXTENSIONS) as server:
            reason_for(ServerMisconfigured, smtp(server.port, user="jürgen"))

    @pytest.mark.parametrize("code", [530, 550, 553])
    def test_when_the_sender_is_refused(self, code: int) -> None:
        with peer(MAIL=f"{code} not you") as server:
            reason_for(ServerMisconfigured, smtp(server.port))

    def test_when_a_log_in_is_asked_for_at_the_recipient(self) -> None:
        with peer(RCPT="530 5.7.0 Authentication required") as server:
            reason_for(ServerMisconfigured, smtp(server.port))

    def test_when_the_sender_is_no_address(self) -> None:
        with peer() as server:
            letter = replace(LETTER, sender="nobody")
            assert "sender" in reason_for(ServerMisconfigured, smtp(server.port), letter)

    def test_when_tls_is_required_and_not_offered(self) -> None:
        with peer() as server:
            assert "STARTTLS" in reason_for(ServerMisconfigured, smtp(server.port, "require"))

    def test_when_nobody_vouches_for_the_certificate(self, tmp_path: Path) -> None:
        _, tls = self_signed(tmp_path)
        with peer(tls, EHLO=ALL_EXTENSIONS) as server:
            reason = reason_for(ServerMisconfigured, smtp(server.port, "require"))
        assert reason == "TLS certificate: self-signed certificate"


class TestThisLetterWaits:
    @pytest.mark.parametrize("step", ["RCPT", "DATA", "LETTER"])
    @pytest.mark.parametrize("code", [421, 450])
    def test_when_its_recipient_or_content_is_put_off(self, step: str, code: int) -> None:
        with peer(**{step: f"{code} greylisted"}) as server:
            reason = reason_for(LetterDeferred, smtp(server.port))
        assert reason.endswith(f": {code} greylisted")

    def test_while_another_goes_by_the_same_connection(self) -> None:
        with peer(RCPT="450 greylisted") as server, smtp(server.port).connect() as connection:
            with pytest.raises(LetterDeferred):
                connection.send(LETTER)
            server.manners["RCPT"] = "250 ok"
            connection.send(LETTER)
            assert len(server.letters) == 1


class TestThisLetterIsRefused:
    @pytest.mark.parametrize("step", ["RCPT", "DATA", "LETTER"])
    def test_when_its_recipient_or_content_is(self, step: str) -> None:
        with peer(**{step: "550 5.1.1 no such user"}) as server:
            reason = reason_for(LetterRefused, smtp(server.port))
        assert reason.endswith("550 5.1.1 no such user")

    @pytest.mark.parametrize("to", ["nobody", "a@b.de>\r\nDATA", "a@b.de,c@d.de", ""])
    def test_when_its_recipient_is_no_address(self, to: str) -> None:
        with peer() as server:
            reason_for(LetterRefused, smtp(server.port), replace(LETTER, to=to))
        assert not any("RCPT" in line or "DATA" in line for line in server.heard)

    def test_when_the_server_speaks_only_ascii(self) -> None:
        letter = replace(LETTER, to="jürgen@example.org")
        with peer() as server:
            assert "SMTPUTF8" in reason_for(LetterRefused, smtp(server.port), letter)


class TestNobodyKnows:
    @pytest.mark.parametrize("manner", [HANG_UP, STAY_SILENT, DRIP, "what?"])
    def test_when_the_answer_to_the_last_dot_is_lost(self, manner: str) -> None:
        with peer(LETTER=manner) as server:
            deadline = timedelta(seconds=0.3)
            reason_for(OutcomeUnknown, smtp(server.port, deadline=deadline))
            assert len(server.letters) == 1

    def test_and_the_connection_is_not_trusted_again(self) -> None:
        with peer(LETTER="what?") as server, smtp(server.port).connect() as connection:
            with pytest.raises(OutcomeUnknown):
                connection.send(LETTER)
            with pytest.raises(ServerUnreachable):
                connection.send(LETTER)


class TestAnInternationalAddress:
    LETTER = replace(LETTER, to="jürgen@straße.de")

    def test_is_written_in_unicode_with_its_domain_in_ascii(self) -> None:
        with peer(EHLO=ALL_EXTENSIONS) as server:
            send(smtp(server.port), self.LETTER)
        assert "RCPT TO:<jürgen@xn--strae-oqa.de>" in server.heard
        assert any(line.endswith("SMTPUTF8 BODY=8BITMIME") for line in server.heard)

    def test_cannot_pause_the_letters_of_others(self) -> None:
        with peer(EHLO=ALL_EXTENSIONS, MAIL="553 no") as server:
            reason_for(LetterDeferred, smtp(server.port), self.LETTER)


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


class TestTheReason:
    def test_is_one_printable_line_of_bounded_length(self) -> None:
        with peer(RCPT="550-\x1b[31mno\r\n550 \u202e" + "word " * 200) as server:
            reason = reason_for(LetterRefused, smtp(server.port))
        assert reason.isprintable()
        assert len(reason) <= 200

    def test_never_quotes_a_token(self) -> None:
        token = "Zm9v" * 10
        with peer(LETTER=f"554 spam: /verify-email?token={token}") as server:
            assert token not in reason_for(LetterRefused, smtp(server.port))

    def test_never_quotes_a_password(self) -> None:
        with peer(EHLO=ALL_EXTENSIONS, AUTH=f"535 {PASSWORD}?") as server:
            assert "horse" not in reason_for(ServerMisconfigured, smtp(server.port, user="mailer"))


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


class TestTheProbe:
    def test_is_content_with_a_server_that_lets_us_in(self) -> None:
        with peer(EHLO=ALL_EXTENSIONS) as server:
            smtp(server.port, user="mailer").probe(timedelta(seconds=1))
        assert not server.letters

    def test_raises_what_a_letter_would_meet(self) -> None:
        with peer(GREETING=STAY_SILENT) as server, pytest.raises(ServerUnreachable):
            smtp(server.port).probe(timedelta(seconds=0.2))


def check_password(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
) -> AuthResult:
    return AuthResult(success=login.password == PASSWORD.encode())


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
