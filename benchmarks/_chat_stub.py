"""A model endpoint that streams at a steady pace: `python -m benchmarks._chat_stub DESCRIPTOR CHUNKS SECONDS`.

Each chunk carries its number and when it was sent, on the clock that all processes of the machine share.
"""

import asyncio
import json
import socket
import sys
import time

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
# So many chunks make a paragraph.
PARAGRAPH = 10


def chunk(n: int) -> bytes:
    """The `n`th event of a stream."""
    text = f"c{n}n{time.monotonic_ns()} and a few words{chr(10) * 2 if n % PARAGRAPH == PARAGRAPH - 1 else ' '}"
    return _event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})


def _sent(data: bytes) -> bytes:
    """Each event as a part of its own, as servers send them."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def _event(more: dict[str, object]) -> bytes:
    body = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "stub", **more}
    return f"data: {json.dumps(body)}\n\n".encode()


async def _serve(descriptor: int, chunks: int, seconds: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line), 0
            )
            await reader.readexactly(length)
            writer.write(_HEAD)
            begun = time.monotonic()
            for n in range(chunks):
                await asyncio.sleep(max(0.0, begun + (n + 1) * seconds - time.monotonic()))
                writer.write(_sent(chunk(n)))
                await writer.drain()
            writer.write(_sent(_event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})))
            usage = {"prompt_tokens": 10, "completion_tokens": 4 * chunks, "total_tokens": 10 + 4 * chunks}
            writer.write(_sent(_event({"choices": [], "usage": usage}) + b"data: [DONE]\n\n") + _sent(b""))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, sock=socket.socket(fileno=descriptor), backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
