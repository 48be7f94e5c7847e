"""One letter, sent to whatever listens on a port."""

from datetime import UTC, datetime, timedelta

import pytest

from ostiary.courier.letters import Letter
from ostiary.courier.smtp import Smtp, Undelivered
from ostiary.platform.settings import SmtpServer
from ostiary.platform.settings.smtp import Encryption

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
    deadline: timedelta = timedelta(seconds=10),
) -> Smtp:
    password = None if user is None else PASSWORD
    return Smtp(SmtpServer("127.0.0.1", port, user, password, encryption), deadline)


def send(client: Smtp, letter: Letter = LETTER) -> None:
    with client.connect() as connection:
        connection.send(letter)


def reason_for(outcome: type[Undelivered], client: Smtp, letter: Letter = LETTER) -> str:
    with pytest.raises(outcome) as caught:
        send(client, letter)
    return caught.value.reason
