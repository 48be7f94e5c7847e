"""The webhook is signed so that anybody can verify it, and repeats itself until it is heard."""

import base64
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from ostiary.courier.deliveries import Interrupted
from ostiary.courier.smtp import (
    LetterDeferred,
    ServerMisconfigured,
    ServerUnreachable,
    Undelivered,
)
from ostiary.platform.clock import system_clock
from ostiary.platform.identifiers import new_id
from ostiary.platform.tracing import resumed
from ostiary.watch.alerts.alert import Alert
from ostiary.watch.alerts.webhook import Webhook
from tests.smtp_peers import DRIP, STAY_SILENT, peer, self_signed
from tests.source_tree import HOUSE
from tests.watching import OPERATOR, OpenWatch, Watch
from tests.webhook_sink import KEY, Received, WebhookSink, answering, listening
from workshop.harness.ports import free_port

BODY = b'{"type":"alert.test"}'
OTHER_KEY = "whsec_" + base64.b64encode(b"somebody else's key, as long").decode()
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def sink() -> Iterator[WebhookSink]:
    with listening(WebhookSink()) as sink:
        yield sink


def post(url: str, *, within: float = 5) -> None:
    Webhook(url, KEY, system_clock, timedelta(seconds=within)).post("message-1", BODY)


def post_to(sink: WebhookSink, **url: str) -> Received:
    post(sink.url.replace("127.0.0.1", f"{url.get('user', '')}127.0.0.1") + url.get("more", ""))
    return sink.accepted[-1]


def verified(received: Received, key: str = KEY) -> Any:
    return standardwebhooks.Webhook(key).verify(received.body, received.headers)


def fire(watch: Watch, rule: str = "redis_unavailable") -> Alert:
    alert = Alert(new_id(), rule, "critical", "It is down.", watch.clock(), watch.clock())
    watch.alerting.notices.ledger.open(alert)
    return alert


def resolve(watch: Watch, alert: Alert) -> None:
    watch.alerting.notices.ledger.close(alert, watch.clock())


def wait(watch: Watch, seconds: int = 120, step: int = 5) -> None:
    for _ in range(0, seconds, step):
        watch.tell()
        watch.clock.advance(seconds=step)


def paused(watch: Watch) -> dict[str, str]:
    rows = watch.door.services.database.fetch_all("SELECT name, last_error FROM channel")
    return {row.name: row.last_error for row in rows}


class TestACall:
    def test_is_verified_by_another_hand(self, sink: WebhookSink) -> None:
        assert verified(post_to(sink)) == {"type": "alert.test"}

    def test_is_not_verified_once_it_was_changed(self, sink: WebhookSink) -> None:
        changed = post_to(sink)._replace(body=BODY + b" ")
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            verified(changed)

    def test_is_not_verified_with_another_key(self, sink: WebhookSink) -> None:
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            verified(post_to(sink), OTHER_KEY)

    def test_names_its_message(self, sink: WebhookSink) -> None:
        headers = post_to(sink).headers
        assert headers["webhook-id"] == "message-1"
        assert headers["content-type"] == "application/json"
        assert headers["host"] == f"127.0.0.1:{sink.port}"

    def test_keeps_the_query_of_its_url(self, sink: WebhookSink) -> None:
        assert (
            post_to(sink, more="&to=%C3%A9&x=a+b").path
            == "/hooks/ostiary?from=here&to=%C3%A9&x=a+b"
        )

    def test_writes_any_url_as_http_can(self, sink: WebhookSink) -> None:
        assert post_to(sink, more="é\x7f#part").path == "/hooks/ostiary?from=here%C3%A9%7F"

    def test_logs_in_as_its_url_says(self, sink: WebhookSink) -> None:
        sent = post_to(sink, user="us%40er:p%3Aw@").headers["authorization"]
        assert base64.b64decode(sent.removeprefix("Basic ")) == b"us@er:p:w"

    def test_sends_no_login_without_one(self, sink: WebhookSink) -> None:
        assert "authorization" not in post_to(sink).headers

    def test_belongs_to_the_trace_of_its_cause(self, sink: WebhookSink) -> None:
        with resumed({"traceparent": TRACE}):
            assert post_to(sink).headers["traceparent"] == TRACE


class TestTheExample:
    """Ten lines in the pages for operators."""

    @pytest.fixture
    def is_genuine(self) -> Any:
        page = (HOUSE / "docs/operators.md").read_text().partition("### The webhook")[2]
        names: dict[str, Any] = {}
        exec(page.partition("```python")[2].partition("```")[0], names)  # noqa: S102
        return names["is_genuine"]

    def test_believes_what_we_sign(self, is_genuine: Any, sink: WebhookSink) -> None:
        received = post_to(sink)
        assert is_genuine(KEY, received.headers, received.body)

    @pytest.mark.parametrize(("key", "body"), [(OTHER_KEY, BODY), (KEY, BODY + b" ")])
    def test_believes_nothing_else(
        self, is_genuine: Any, sink: WebhookSink, key: str, body: bytes
    ) -> None:
        assert not is_genuine(key, post_to(sink).headers, body)

    def test_believes_nothing_old(self, is_genuine: Any, sink: WebhookSink) -> None:
        Webhook(sink.url, KEY, lambda: system_clock() - timedelta(minutes=6)).post("1", BODY)
        assert not is_genuine(KEY, sink.accepted[0].headers, BODY)


class TestItsDocument:
    def test_is_the_alert(self, watch: Watch) -> None:
        alert = fire(watch)
        watch.tell()
        assert watch.sink.accepted[0].document == {
            "type": "alert.firing",
            "timestamp": "2026-03-01T12:00:00Z",
            "data": {
                "id": str(alert.id),
                "rule": "redis_unavailable",
                "state": "firing",
                "severity": "critical",
                "summary": "It is down.",
                "fired_at": "2026-03-01T12:00:00Z",
                "resolved_at": None,
                "acknowledged_by": None,
                "runbook_url": "http://localhost:3000/docs/runbook#redis-unavailable",
            },
        }

    def test_tells_of_the_end(self, watch: Watch) -> None:
        alert = fire(watch)
        watch.clock.advance(minutes=1)
        resolve(watch, alert)
        watch.tell()
        ended = watch.sink.accepted[1].document
        assert (ended["type"], ended["timestamp"]) == ("alert.resolved", "2026-03-01T12:01:00Z")
        assert ended["data"]["resolved_at"] == ended["timestamp"]


class TestAnAnswer:
    @pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
    def test_of_success_is_one(self, sink: WebhookSink, status: int) -> None:
        sink.answers = [status]
        post(sink.url)

    @pytest.mark.parametrize("status", [302, 400, 401, 404, 410, 422, 500])
    def test_of_anything_else_is_this_message_s_own(self, sink: WebhookSink, status: int) -> None:
        sink.answers = [status]
        with pytest.raises(LetterDeferred, match=f"answered {status}"):
            post(sink.url)

    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    def test_of_nobody_there_is_for_all(self, sink: WebhookSink, status: int) -> None:
        sink.answers = [status]
        with pytest.raises(Interrupted, match=f"answered {status}"):
            post(sink.url)

    def test_that_sends_elsewhere_is_not_followed(self, sink: WebhookSink) -> None:
        moved = f"HTTP/1.1 301 Moved\r\nLocation: {sink.url}\r\nContent-Length: 0\r\n\r\n"
        with answering(moved.encode()) as url, pytest.raises(LetterDeferred, match="301"):
            post(url)
        assert sink.accepted == []

    @pytest.mark.parametrize(
        "answer",
        [b"", b"220 this is no HTTP\r\n", b"HTTP/1.1 200\r\n" + b"X: y\r\n" * 200, b"HTTP/1.1 x"],
    )
    def test_that_makes_no_sense_is_none(self, answer: bytes) -> None:
        with answering(answer) as url, pytest.raises(Interrupted, match="no answer of HTTP"):
            post(url)


class TestAReceiver:
    def test_that_is_away_is_unreachable(self) -> None:
        with pytest.raises(ServerUnreachable, match="refused"):
            post(f"http://127.0.0.1:{free_port()}/")

    @pytest.mark.parametrize("scheme", ["http", "https"])
    @pytest.mark.parametrize("manner", [DRIP, STAY_SILENT])
    def test_has_as_long_as_we_say(self, scheme: str, manner: str) -> None:
        with peer(GREETING=manner) as receiver:
            began = time.monotonic()
            with pytest.raises(Undelivered):
                post(f"{scheme}://127.0.0.1:{receiver.port}/", within=0.3)
            assert time.monotonic() - began < 3

    def test_has_no_longer_for_the_look_up_of_its_name(self, silent_name: str) -> None:
        began = time.monotonic()
        with pytest.raises(ServerUnreachable, match="looking up the host's name"):
            post(f"https://{silent_name}/", within=0.2)
        assert time.monotonic() - began < 1

    def test_that_drips_its_headers_has_no_longer(self, sink: WebhookSink) -> None:
        sink.drips = True
        try:
            with pytest.raises(Interrupted, match="timed out"):
                post(sink.url, within=0.5)
        finally:
            sink.drips = False


class TestEncryption:
    def test_asks_for_a_certificate_that_somebody_vouches_for(self, tmp_path: Path) -> None:
        _, tls = self_signed(tmp_path)
        with listening(WebhookSink(tls=tls)) as sink:
            with pytest.raises(ServerMisconfigured, match="certificate"):
                post(sink.url)
            assert sink.accepted == []

    def test_is_spoken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        certificate, tls = self_signed(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with listening(WebhookSink(tls=tls)) as sink:
            assert verified(post_to(sink))


class TestARepetition:
    """Of a call that was not heard, by the outbox."""

    @pytest.fixture
    def heard(self, watch: Watch) -> Watch:
        """At the fourth time."""
        watch.sink.answers = [500, 404, 301]
        fire(watch)
        wait(watch)
        return watch

    def test_comes_until_it_is_heard_and_no_longer(self, heard: Watch) -> None:
        assert (len(heard.sink.refused), len(heard.sink.accepted)) == (3, 1)

    def test_is_the_same_message(self, heard: Watch) -> None:
        tries = [*heard.sink.refused, *heard.sink.accepted]
        assert len({(each.headers["webhook-id"], each.body) for each in tries}) == 1

    def test_is_signed_anew(self, heard: Watch) -> None:
        stamps = [each.headers["webhook-timestamp"] for each in heard.sink.refused]
        assert len(set(stamps)) == len(stamps)
        assert len({each.headers["webhook-signature"] for each in heard.sink.refused}) == 3

    def test_holds_up_no_other_channel(self, watch: Watch) -> None:
        watch.sink.answers = [503]
        fire(watch)
        watch.tell()
        assert paused(watch) == {"alerts.webhook": "answered 503"}
        assert len(watch.letters) == 1

    @pytest.mark.parametrize("status", [500, 503])
    def test_keeps_the_order_of_an_alert(self, watch: Watch, status: int) -> None:
        watch.sink.answers = [status] * 5
        first = fire(watch)
        watch.tell()
        watch.clock.advance(seconds=30)
        resolve(watch, first)
        wait(watch, seconds=300)
        assert watch.sink.lines == ["firing redis_unavailable", "resolved redis_unavailable"]

    def test_begins_when_the_receiver_is_back(self, open_watch: OpenWatch) -> None:
        away = WebhookSink(port=free_port())
        watch = open_watch(ALERT_WEBHOOK_URL=away.url)
        fire(watch)
        wait(watch)
        with listening(away):
            wait(watch)
        assert away.lines == ["firing redis_unavailable"]
        assert paused(watch) == {}


class TestAMessageThatIsAlwaysRefused:
    @pytest.fixture
    def refused(self, watch: Watch) -> Watch:
        """By a receiver that has no use for this rule, whatever else it is told."""
        watch.sink.unwanted = "firing redis_unavailable"
        resolve(watch, fire(watch))
        watch.tell()
        return watch

    def test_holds_up_no_other_alert(self, refused: Watch) -> None:
        fire(refused, "beat_stalled")
        refused.tell()
        assert refused.sink.lines == ["firing beat_stalled"]

    def test_goes_before_what_follows_it(self, refused: Watch) -> None:
        wait(refused)
        assert refused.sink.lines == []
        refused.sink.unwanted = ""
        wait(refused)
        assert refused.sink.lines == ["firing redis_unavailable", "resolved redis_unavailable"]

    def test_is_tried_again_every_minute(self, refused: Watch) -> None:
        wait(refused, seconds=300)
        before = len(refused.sink.refused)
        wait(refused, seconds=600)
        assert 10 <= len(refused.sink.refused) - before <= 14


class TestItsSecrets:
    def test_are_in_no_log_and_no_row(
        self, open_watch: OpenWatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        url = f"http://alice:sesame@127.0.0.1:{free_port()}/treasure?token=doubloon"
        watch = open_watch(ALERT_WEBHOOK_URL=url, ALERT_WEBHOOK_SECRET=KEY)
        fire(watch)
        wait(watch, seconds=10)
        rows = watch.door.services.database.fetch_all("SELECT last_error FROM outbox")
        told = capsys.readouterr().out + str(paused(watch)) + str(rows)
        told += repr(watch.alerting.sender)
        assert "refused" in told
        secrets = ("alice", "sesame", "treasure", "doubloon", KEY.removeprefix("whsec_"))
        assert [word for word in secrets if word in told] == []


def test_the_addresses_are_told_meanwhile(watch: Watch) -> None:
    watch.sink.answers = [500] * 100
    resolve(watch, fire(watch))
    wait(watch)
    assert watch.sink.accepted == []
    assert len(watch.door.letterbox.letters(to=OPERATOR)) == 2
