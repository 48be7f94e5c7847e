"""`python -m workshop.benchmarks.background.sink`: a mail server that keeps nothing it takes."""

import asyncio
import os

from workshop.harness.ports import LOOPBACK

END_OF_LETTER = b".\r\n"


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 sink\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        writer.write(await _answer(verb, reader, writer))
        if verb == b"QUIT":
            break
    writer.close()


async def _answer(verb: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    if verb == b"EHLO":
        return b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
    if verb == b"DATA":
        writer.write(b"354 go on\r\n")
        while await reader.readline() not in (END_OF_LETTER, b""):
            continue
    return b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n"


async def serve() -> None:
    server = await asyncio.start_server(converse, LOOPBACK, int(os.environ["PORT"]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
