"""The port of a worker's metrics: served by one thread, which waits for nobody for long."""

import asyncio
import os
import socket
from asyncio import IncompleteReadError, LimitOverrunError, StreamReader, StreamWriter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

import structlog

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 1.0
LONGEST_HEAD = 16_384
MOST_CONNECTIONS = 64

# Answers a request's head, and knows the address it came from.
Answer = Callable[[bytes, str], bytes]


@dataclass
class MetricsPort:
    """Meanwhile does its `chore`, once a second; both until `stopped`."""

    number: int
    answer: Answer
    chore: Callable[[], None]
    # From the first moment of a connection to its last.
    patience_seconds: float = 5.0
    stopped: Event = field(default_factory=Event)
    _server: asyncio.Server | None = None
    _is_taken: bool = False
    _open: dict[StreamWriter, None] = field(default_factory=dict)

    def serve(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        while not self.stopped.is_set():
            self._server = self._server or await self._listen()
            self.chore()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _listen(self) -> asyncio.Server | None:
        """None while another worker of this machine has the port; it may leave."""
        try:
            listener = socket.create_server(("0.0.0.0", self.number))  # noqa: S104
        except OSError as problem:
            self._say_taken(problem)
            return None
        # A pool process that outlives this one must not keep the port.
        os.register_at_fork(after_in_child=listener.close)
        log.info("metrics_served", port=self.number)
        return await asyncio.start_server(self._meet, sock=listener, limit=LONGEST_HEAD)

    def _say_taken(self, problem: OSError) -> None:
        if not self._is_taken:
            self._is_taken = True
            log.warning(
                "metrics_not_served",
                variable="WORKER_METRICS_PORT",
                port=self.number,
                reason=problem.strerror,
            )

    async def _meet(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Whoever comes when there is no room takes the place of the one who is here longest."""
        if len(self._open) >= MOST_CONNECTIONS:
            next(iter(self._open)).transport.abort()
        self._open[writer] = None
        try:
            async with asyncio.timeout(self.patience_seconds):
                await self._converse(reader, writer)
        except (TimeoutError, OSError, IncompleteReadError, LimitOverrunError):
            writer.transport.abort()
        except Exception:
            log.exception("scrape_failed")
            writer.transport.abort()
        finally:
            self._open.pop(writer, None)

    async def _converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.transport.set_write_buffer_limits(0)
        writer.write(self.answer(head, writer.get_extra_info("peername")[0]))
        await writer.drain()
        # Says goodbye itself: a pool process that was forked meanwhile has the connection open.
        writer.write_eof()
        writer.close()
