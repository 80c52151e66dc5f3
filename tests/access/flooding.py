"""Somebody who asks as fast as they are answered, in a process of their own: `python flooding.py HOST PORT KEY CONNECTIONS`, until its
standard input ends. Then it prints how often it was answered, by status."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter


async def flood(host: str, port: int, key: str, connections: int) -> Counter[str]:
    answered: Counter[str] = Counter()
    ask = f"GET /v1/leads HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()

    async def one() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while True:
            writer.write(ask)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            answered[head.split(b" ")[1].decode()] += 1

    tasks = [asyncio.create_task(one()) for _ in range(connections)]
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return answered


if __name__ == "__main__":
    print(dict(asyncio.run(flood(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))))  # noqa: T201 - what it measured.
