"""What the figures were measured on: they mean nothing without it."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

_SYNCS = 200
_PAGE = b"\x5a" * 4096
_LIBRARIES = ("eventsourcing", "fastapi", "msgspec", "SQLAlchemy", "uvicorn", "uvloop")


def facts(folder: Path) -> dict[str, Any]:
    """The machine, the versions, and how long the disk under a folder takes to make a page safe."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "libraries": {name: version(name) for name in _LIBRARIES},
        "sync_ms": round(sync_seconds(folder) * 1_000, 3),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def sync_seconds(folder: Path) -> float:
    """The median time to append a page and have it on disk: nobody commits one by one faster than that."""
    path, times = folder / "sync", list[float]()
    with path.open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            begun = perf_counter()
            file.write(_PAGE)
            os.fdatasync(file.fileno())
            times.append(perf_counter() - begun)
    path.unlink()
    return statistics.median(times)


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())
