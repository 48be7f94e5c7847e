"""A letter is handed over once, in words every mail server understands."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from ostiary.courier.smtp import (
    LetterDeferred,
    LetterRefused,
    ServerMisconfigured,
    ServerUnreachable,
    Smtp,
)
from ostiary.platform.settings import SmtpServer
from tests.smtp_peers import HANG_UP, STAY_SILENT, Peer, peer
from tests.smtp_sender import ALL_EXTENSIONS, LETTER, PASSWORD, reason_for, send, smtp


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
            assert time.monotonic() - began < 2.5

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


class TestTheProbe:
    def test_is_content_with_a_server_that_lets_us_in(self) -> None:
        with peer(EHLO=ALL_EXTENSIONS) as server:
            smtp(server.port, user="mailer").probe(timedelta(seconds=1))
        assert not server.letters

    def test_raises_what_a_letter_would_meet(self) -> None:
        with peer(GREETING=STAY_SILENT) as server, pytest.raises(ServerUnreachable):
            smtp(server.port).probe(timedelta(seconds=0.2))


class TestARound:
    """Letters one after the other, on a connection that is opened once."""

    def test_is_one_connection(self) -> None:
        with peer() as server:
            client = smtp(server.port)
            with client.round():
                send(client)
                send(client)
        assert (len(server.letters), _verbs(server).count("EHLO")) == (2, 1)

    def test_ends_with_a_farewell(self) -> None:
        with peer() as server:
            client = smtp(server.port)
            with client.round():
                send(client)
        assert _verbs(server)[-1] == "QUIT"

    def test_goes_on_afresh_after_a_refusal(self) -> None:
        with peer(RCPT="550 unknown") as server:
            client = smtp(server.port)
            with client.round():
                reason_for(LetterRefused, client)
                server.manners["RCPT"] = "250 ok"
                send(client)
        assert (len(server.letters), _verbs(server).count("EHLO")) == (1, 2)

    @pytest.mark.parametrize("manner", [HANG_UP, "421 enough"])
    def test_goes_on_afresh_when_the_server_has_had_enough(self, manner: str) -> None:
        with peer(RSET=manner) as server:
            client = smtp(server.port)
            with client.round():
                send(client)
                send(client)
        assert (len(server.letters), _verbs(server).count("EHLO")) == (2, 2)

    def test_gives_each_letter_its_own_time(self) -> None:
        with peer() as server:
            client = smtp(server.port, deadline=timedelta(seconds=1))
            with client.round():
                send(client)
                time.sleep(1)
                send(client)
        assert _verbs(server).count("EHLO") == 1


def _verbs(server: Peer) -> list[str]:
    return [line.split()[0].upper() for line in server.heard]
