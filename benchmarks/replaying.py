"""The replay of an export of the big ledger: one process, Dask on two workers, and Dask with a worker killed in the midst.

Processes and workers are begun anew for every run, and their start is part of it. All three must leave the same bytes. What a
billion events would take is extrapolated from one process: the fold of a lead knows nothing of other leads, and a partition is
as large however many there are.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

from distributed import LocalCluster

from api.exporting.manifest import read_manifest
from api.exporting.parquet import write_parquet
from api.exporting.source import Source, Wanted
from api.knowledge import Knowledge
from api.replaying import local, on_dask
from api.replaying.folding import Folded, Task
from api.replaying.replay import NAME, Engine, replay
from benchmarks.comparing import Bench, Result, alternately
from benchmarks.history import AFTERWARDS, big_ledger
from ledger.book import Book

WORKERS = 2
_REQUIRED = 1.5
"""Times one process."""
_BILLION = 10**9


def run(bench: Bench) -> list[Result]:
    """Replays the ledger in turns; the exports' own rate beside."""
    folder = bench.folder / f"export-{bench.events}"
    export_seconds = _exported(big_ledger(bench.folder, bench.events), folder)
    entries = sum(file.rows for file in read_manifest(folder).partitions)
    told = set[bytes]()
    engines: tuple[Engine, ...] = (
        partial(local.folded, processes=1),
        partial(on_dask.folded, processes=WORKERS, scheduler=None),
        _with_a_worker_killed,
    )
    one, two, killed = alternately(bench.runs, *(_rate(folder, entries, engine, told) for engine in engines))
    if len(told) != 1:
        raise RuntimeError("The engines do not leave the same bytes.")
    name = f"replay, Dask on {WORKERS} workers"
    hours = _BILLION / sorted(one)[len(one) // 2] / 3_600
    notes = (f"{entries:,} events; 10⁹ events would take {hours:,.0f} hours of one core, or {hours * 60 / 100:,.0f} minutes of a hundred",)
    return [
        Result("export to Parquet", "events/s", [entries / export_seconds]),
        Result("replay, one process", "events/s", one, notes=notes),
        Result(name, "events/s", two, one, "one process", _REQUIRED),
        Result(f"{name}, one killed", "events/s", killed, one, "one process"),
    ]


def _exported(url: str, folder: Path) -> float:
    """Makes the export anew. Returns how long that took."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with Book.open(url, lambda: AFTERWARDS) as book:
        begun = perf_counter()
        write_parquet(Source(book, Knowledge(book).asked(None, None), Wanted(), lambda _done, _total: None), folder)
        return perf_counter() - begun


def _rate(folder: Path, entries: int, engine: Engine, told: set[bytes]) -> Callable[[], float]:
    """One replay, whose word on what it left is noted."""

    def turn() -> float:
        into = folder.with_name(f"{folder.name}-replay")
        shutil.rmtree(into, ignore_errors=True)
        begun = perf_counter()
        replay(folder, into, engine, None, None, lambda _done, _total: None)
        seconds = perf_counter() - begun
        told.add((into / NAME).read_bytes())
        return entries / seconds

    return turn


def _with_a_worker_killed(tasks: Sequence[Task]) -> Iterator[Folded]:
    """Once a third of the partitions are done, a worker is killed with SIGKILL."""
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        for number, part in enumerate(on_dask.folded(tasks, WORKERS, cluster.scheduler_address)):
            if number == len(tasks) // 3:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            yield part
