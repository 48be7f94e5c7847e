"""One connection to the mail server, from its greeting to our QUIT."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from ostiary.courier.letters import Letter
from ostiary.courier.smtp.dialogue import Dialogue
from ostiary.courier.smtp.outcomes import (
    LetterDeferred,
    LetterRefused,
    OutcomeUnknown,
    ServerMisconfigured,
    ServerUnreachable,
    Undelivered,
    expect,
    lost_as,
)
from ostiary.platform.settings import SmtpServer

MakeContext = Callable[[], ssl.SSLContext]

_OK = 250
_AUTHENTICATION_REQUIRED = 530
_MECHANISMS = {"CRAM-MD5", "PLAIN", "LOGIN"}


class Connection:
    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._is_midway = False

    def open(self, server: SmtpServer, context: MakeContext) -> None:
        """Makes the context only where TLS is spoken: to read every root takes a while."""
        with self._lost_as(ServerUnreachable):
            if server.encryption == "tls":
                self._dialogue.encrypt(context(), server.host)
            self._expect_server(self._dialogue.getreply(), "greeting")
            self._expect_server(self._dialogue.ehlo(), "EHLO")
            if server.encryption in {"require", "auto"}:
                self._start_tls(server, context)
            if server.user is not None:
                self._log_in(server.user, server.password or "")

    def send(self, letter: Letter) -> None:
        """Returns when the server has taken the letter, and raises `Undelivered` otherwise."""
        with self._lost_as(ServerUnreachable):
            self._reset()
            self._address(letter)
            self._write(letter.as_bytes())
        with self._lost_as(OutcomeUnknown):
            verdict = self._dialogue.getreply()
            expect(verdict, "letter", later=LetterDeferred, never=LetterRefused)
        self._is_midway = False

    def is_ready_again(self, *, within: timedelta, deadline: timedelta) -> bool:
        """Asks the server; the next letter has as much time as the first had."""
        self._dialogue.renew(within)
        try:
            is_ready = self._dialogue.docmd("RSET")[0] == _OK
        except OSError:
            return False
        self._dialogue.renew(deadline)
        return is_ready

    def close(self) -> None:
        self._dialogue.leave()

    @property
    def certificate(self) -> bytes | None:
        """The server's, in DER; None without TLS."""
        return self._dialogue.certificate

    def _start_tls(self, server: SmtpServer, context: MakeContext) -> None:
        if self._dialogue.has_extn("starttls"):
            self._expect_server(self._dialogue.docmd("STARTTLS"), "STARTTLS")
            self._dialogue.encrypt(context(), server.host)
            self._expect_server(self._dialogue.ehlo(), "EHLO")
        elif server.encryption == "require":
            raise ServerMisconfigured("STARTTLS: the mail server does not offer it")

    def _log_in(self, user: str, password: str) -> None:
        """Repeats only the code of a refusal: servers quote what they were sent."""
        if not _MECHANISMS & set(self._dialogue.esmtp_features.get("auth", "").split()):
            raise ServerMisconfigured("AUTH: the mail server offers no mechanism we speak")
        try:
            self._dialogue.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            reply = error.smtp_code, b"user and password were not accepted"
            expect(reply, "AUTH", later=ServerUnreachable, never=ServerMisconfigured)
        except UnicodeError:
            raise ServerMisconfigured("AUTH: user and password must be ASCII") from None

    def _reset(self) -> None:
        if self._is_midway:
            self._expect_server(self._dialogue.docmd("RSET"), "RSET")

    def _address(self, letter: Letter) -> None:
        self._is_midway = True
        sender, recipient = _addresses(letter)
        if letter.is_international:
            self._from_international(sender)
        else:
            reply = self._dialogue.docmd(f"MAIL FROM:<{sender}>")
            expect(reply, "MAIL", later=ServerUnreachable, never=ServerMisconfigured)
        reply = self._dialogue.docmd(f"RCPT TO:<{recipient}>")
        never = ServerMisconfigured if reply[0] == _AUTHENTICATION_REQUIRED else LetterRefused
        expect(reply, "RCPT", later=LetterDeferred, never=never)

    def _from_international(self, sender: str) -> None:
        """Such an address is one letter's affair: nobody may pause the channel by having one."""
        if not self._dialogue.has_extn("smtputf8"):
            raise LetterRefused("MAIL: the mail server takes no addresses beyond ASCII (SMTPUTF8)")
        reply = self._dialogue.docmd(f"MAIL FROM:<{sender}> SMTPUTF8 BODY=8BITMIME")
        expect(reply, "MAIL", later=LetterDeferred, never=LetterDeferred)

    def _write(self, content: bytes) -> None:
        """Its first line is a header; any other that begins with a dot gets another one."""
        reply = self._dialogue.docmd("DATA")
        expect(reply, "DATA", later=LetterDeferred, never=LetterRefused, kind=3)
        self._dialogue.send(content.replace(b"\n.", b"\n..") + b".\r\n")

    def _expect_server(self, reply: tuple[int, bytes], step: str) -> None:
        expect(reply, step, later=ServerUnreachable, never=ServerUnreachable)

    @contextmanager
    def _lost_as(self, outcome: type[Undelivered]) -> Iterator[None]:
        """A dialogue out of step is never used again: its next answer may be to the last letter."""
        with lost_as(outcome):
            try:
                yield
            except OSError:
                self._dialogue.close()
                raise


def _addresses(letter: Letter) -> tuple[str, str]:
    try:
        sender = letter.return_path
    except ValueError as error:
        raise ServerMisconfigured(f"sender: {error}") from None
    try:
        return sender, letter.recipient
    except ValueError as error:
        raise LetterRefused(f"recipient: {error}") from None
