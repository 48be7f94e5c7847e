"""What Ostiary writes to people: one text template per letter, shown as text and as HTML."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

import css_inline
import jinja2

from ostiary.courier.letters.addresses import wire_host
from ostiary.courier.letters.letter import Letter
from ostiary.platform.clock import Clock, system_clock

__all__ = ["Letter", "Letters"]

_FOLDER = Path(__file__).parent


class _Sheet(Protocol):
    """What a template says about its letter; `link` and `action` are empty where there is none."""

    subject: str
    link: str
    action: str


@dataclass(frozen=True)
class Letters:
    """Writes letters to people; without an `app_name` the service is called by its host."""

    sender: str
    public_url: str
    now: Clock = system_clock
    app_name: str = ""

    def compose(self, kind: str, *, to: str, promise_id: UUID, **context: object) -> Letter:
        """The letter of that template; every retry of a promise has the same Message-ID.

        Registration lets anybody send a letter to anybody. So no template repeats what a stranger
        typed, the display name above all: it would be an advertisement under our signature.
        """
        facts = {
            "service": self.app_name or self._host,
            "host": self._host,
            "public_url": self.public_url,
            **context,
        }
        module = _environment().get_template(f"{kind}.txt").make_module(facts)
        sheet, text = cast("_Sheet", module), f"{str(module).strip()}\n"
        return Letter(
            to=to,
            subject=sheet.subject,
            text=text,
            html=_as_html(text, sheet),
            message_id=f"<{promise_id}@{self._message_host}>",
            sender=self.sender,
            written_at=self.now(),
        )

    @property
    def _host(self) -> str:
        return urlsplit(self.public_url).hostname or "localhost"

    @property
    def _message_host(self) -> str:
        return f"[{self._host}]" if ":" in self._host else wire_host(self._host)


def _as_html(text: str, sheet: _Sheet) -> str:
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return _layout().render(
        subject=sheet.subject, link=sheet.link, action=sheet.action, paragraphs=paragraphs
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters |= {"in_words": _in_words, "in_utc": _in_utc}
    return environment


@cache
def _layout() -> jinja2.Template:
    """The styles are inlined once, into the template: doing it per letter is dear."""
    source = (_FOLDER / "layout.html").read_text(encoding="utf-8")
    return _environment().from_string(css_inline.inline(source))


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%H:%M UTC on %-d %B %Y")


def _in_words(span: timedelta) -> str:
    minutes = max(1, round(span / timedelta(minutes=1)))
    number, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
