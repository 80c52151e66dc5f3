"""How much memory a process and its descendants take, looked at from outside while they run."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import NamedTuple

_EVERY_SECONDS = 0.05
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Memory(NamedTuple):
    """Bytes, summed over processes. `resident` counts a page of the database file once for each process that has it
    mapped, and so more than there is; `own` leaves mapped files out."""

    resident: int = 0
    own: int = 0


class Watch:
    """Keeps the peak until it is ended."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._ended = threading.Event()
        self.peak = Memory()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> Memory:
        """The peak of each figure."""
        self._ended.set()
        self._thread.join()
        return self.peak

    def _run(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            found = [_memory(process) for process in _family(self._process)]
            self.peak = Memory(
                max(self.peak.resident, sum(memory.resident for memory in found)), max(self.peak.own, sum(memory.own for memory in found))
            )


def _family(process: int) -> list[int]:
    """A process, its children, and theirs."""
    found = [process]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found.extend(int(child) for child in children.read_text().split())
            except OSError:
                continue
    return found


def _memory(process: int) -> Memory:
    try:
        resident, mapped = (int(pages) * _PAGE_BYTES for pages in Path(f"/proc/{process}/statm").read_text().split()[1:3])
    except OSError:
        return Memory()
    return Memory(resident, resident - mapped)
