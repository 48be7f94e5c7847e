"""What is printed when everything is up: where it is, and a first walk through it."""

from pathlib import Path
from string import Template
from typing import NamedTuple

PLACES = Template("""
Ostiary is up, after $seconds s.$lacking

  API        $url            docs at $url/docs
  Readiness  $url/ready
  Metrics    $url/metrics
  Mailbox    $mailbox            SMTP on $smtp_port
  Flower     http://localhost:$flower_port

Paste this into another terminal for a first walk:
""")

WALK = Template("""\
api=$url/v1/auth email=ada+$$RANDOM@example.com password='nine tidy umbrellas'
post() { curl -sS "$$api/$$1" -H 'Content-Type: application/json' -d "$$2"; echo; }
pick() { python3 -c "import json, sys; print(json.load(sys.stdin)$$1)"; }
post register "{\\"email\\":\\"$$email\\",\\"password\\":\\"$$password\\"}"
for try in 1 2 3 4 5 6 7 8 9 10; do
  letter=$$(curl -sG $mailbox/api/messages --data-urlencode "to=$$email")
  [ "$$letter" = "[]" ] || break; sleep 1
done
token=$$(echo "$$letter" | pick '[0]["links"][0].split("token=")[1]')
post verify-email "{\\"token\\":\\"$$token\\",\\"password\\":\\"$$password\\"}"
tokens=$$(post login "{\\"email\\":\\"$$email\\",\\"password\\":\\"$$password\\"}")
tokens=$$(post refresh "{\\"refresh_token\\":\\"$$(echo "$$tokens" | pick '["refresh_token"]')\\"}")
curl -sS $$api/me -H "Authorization: Bearer $$(echo "$$tokens" | pick '["access_token"]')"; echo
""")

FAREWELL = Template("""
For `ostiary` and `psql "$$DATABASE_URL"` in that terminal:  . $settings
Ctrl-C stops everything. The data stays; `make dev ARGS=--fresh` starts anew.
""")


class Places(NamedTuple):
    url: str
    mailbox: str
    smtp_port: int
    flower_port: int
    settings: Path


def panel(places: Places, *, seconds: float, lacking: list[str]) -> str:
    words = places._asdict() | {
        "seconds": f"{seconds:.1f}",
        "lacking": f" Not yet: {', '.join(lacking)}." if lacking else "",
    }
    return "\n".join(part.substitute(words) for part in (PLACES, WALK, FAREWELL))
