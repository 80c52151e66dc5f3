"""The rebuild of all projections from the first event, in two processes, beside the library's own kind of projection.

The ledger is the demonstration company's, appended in the order of time, as it would have been recorded live: late
records, corrections and merges are in it. The peer (library_projection.py) does the funnel alone, on the first 10,000
of the same facts: it takes each event by itself, so that its rate does not depend on how many there are. Every
rebuild runs in fresh processes; their memory is looked at from outside, all of them together.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.comparing import Bench, Result, alternately
from benchmarks.history import big_ledger, cloud_event, imported
from benchmarks.library_projection import projected, recorded
from benchmarks.plain import plain_leads
from benchmarks.processes import Memory, Watch

PROCESSES = 2
PEER_EVENTS = 10_000
_MIB = 2**20


def run(bench: Bench) -> list[Result]:
    """Rebuilds the big ledger again and again, the peer between."""
    url = big_ledger(bench.folder, bench.events)
    claims = imported(min(PEER_EVENTS, bench.events))
    peaks: list[Memory] = []
    views = count(1)
    with TemporaryDirectory(dir=bench.folder) as folder:
        application = plain_leads(Path(folder, "plain.db"))
        recorded(application, [(claim.subject, msgspec.json.decode(cloud_event(claim))) for claim in claims])
        ours, library = alternately(
            bench.runs,
            lambda: bench.events / _rebuilt(url, peaks),
            lambda: projected(application, Path(folder, f"view-{next(views)}.db"), len(claims)),
        )
        application.close()
    name = f"rebuild, {PROCESSES} processes"
    own = max(peak.own for peak in peaks) / _MIB
    notes = (f"{bench.events:,} events; of the peak {own:,.0f} MiB are the processes' own, the rest maps the database file",)
    return [
        Result(name, "events/s", ours, library, "an event a transaction", 25, notes=notes),
        Result(name, "events/s", ours, required=40_000),
        Result(f"{name}, peak memory", "MiB", [peak.resident / _MIB for peak in peaks], required=1_024, at_most=True),
    ]


def _rebuilt(url: str, peaks: list[Memory]) -> float:
    """The seconds of one rebuild; its peak of memory is noted."""
    command = [sys.executable, "-m", "benchmarks.rebuild_once", url, str(PROCESSES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        watch = Watch(process.pid)
        out, _ = process.communicate()
    peaks.append(watch.end())
    if process.returncode != 0:
        raise RuntimeError("The rebuild failed; it has said why.")
    return float(out)
