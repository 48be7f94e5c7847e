"""Where letters come in by SMTP; it can be closed for a while, as if the server were away."""

from threading import Lock

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from workshop.mailbox.letterbox import Letterbox
from workshop.mailbox.letters import read_letter


class Slot:
    def __init__(self, host: str, port: int, box: Letterbox) -> None:
        self._address = (host, port)
        self._reception = _Reception(box)
        self._controller: Controller | None = None
        self._lock = Lock()

    def open(self) -> None:
        """Again where it is open already."""
        with self._lock:
            if self._controller is None:
                controller = Controller(self._reception, *self._address, enable_SMTPUTF8=True)
                controller.start()
                self._controller = controller

    def close(self) -> None:
        """Connections are refused from now on."""
        with self._lock:
            if self._controller is not None:
                self._controller.stop()
                self._controller = None


class _Reception:
    """What aiosmtpd calls; the method's name is the SMTP command's."""

    def __init__(self, box: Letterbox) -> None:
        self._box = box

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        self._box.drop(read_letter(content, envelope.rcpt_tos))
        return "250 It is in the box"
