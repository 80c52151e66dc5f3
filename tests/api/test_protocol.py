"""What belongs to one answer leaves in one packet."""

from __future__ import annotations

import asyncio

from api.protocol import _Together


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.sent.append(b"closed")

    def is_closing(self) -> bool:
        return b"closed" in self.sent


def test_head_and_body_leave_together():
    async def answer() -> list[bytes]:
        wire = Wire()
        transport = _Together(wire, asyncio.get_running_loop())
        transport.write(b"head ")
        transport.write(b"body")
        await asyncio.sleep(0)
        transport.write(b"next")
        await asyncio.sleep(0)
        return wire.sent

    assert asyncio.run(answer()) == [b"head body", b"next"]


def test_what_was_written_leaves_before_the_end_and_nothing_after_it():
    async def answer() -> list[bytes]:
        wire = Wire()
        transport = _Together(wire, asyncio.get_running_loop())
        transport.write(b"head ")
        transport.write(b"body")
        transport.close()
        transport.write(b"late")
        await asyncio.sleep(0)
        return wire.sent

    assert asyncio.run(answer()) == [b"head body", b"closed"]
