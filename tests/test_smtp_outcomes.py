"""Every way a letter can fail says who waits: everybody, the operator, or this letter."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ostiary.courier.smtp import (
    LetterDeferred,
    LetterRefused,
    OutcomeUnknown,
    ServerMisconfigured,
    ServerUnreachable,
    Smtp,
)
from ostiary.platform.settings import SmtpServer
from tests.smtp_peers import DRIP, HANG_UP, STAY_SILENT, peer, self_signed
from tests.smtp_sender import ALL_EXTENSIONS, LETTER, reason_for, smtp
from workshop.harness.ports import free_port


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
            deadline = timedelta(seconds=1)
            reason_for(OutcomeUnknown, smtp(server.port, deadline=deadline))
            assert len(server.letters) == 1

    def test_and_the_connection_is_not_trusted_again(self) -> None:
        with peer(LETTER="what?") as server, smtp(server.port).connect() as connection:
            with pytest.raises(OutcomeUnknown):
                connection.send(LETTER)
            with pytest.raises(ServerUnreachable):
                connection.send(LETTER)
