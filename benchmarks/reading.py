"""Reads on the big ledger through HTTP: the funnel of now, and one lead's timeline, one question after the other.

The server is the whole application in its own process; the client another. Every timeline asked for is of another
lead, spread evenly over all leads by their keys. There is no peer: what is required are milliseconds.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from benchmarks.comparing import Bench, Result, percentile
from benchmarks.history import big_ledger
from benchmarks.load import get, put_on
from benchmarks.serving import ours
from ledger.book import Book
from projections.read_store import ReadStore
from projections.rebuild import ensure_built

QUESTIONS = 200
_WARMING = 5


def run(bench: Bench) -> list[Result]:
    """Asks both kinds of questions, run by run."""
    url = big_ledger(bench.folder, bench.events)
    leads = _leads(url)
    funnel = [get("/v1/funnel")] * QUESTIONS
    timelines = [get(f"/v1/leads/{quote(lead, safe='')}/timeline") for lead in _spread(leads, QUESTIONS)]
    funnel_ms, timeline_ms = list[list[float]](), list[list[float]]()
    with ours(Path(url.removeprefix("sqlite:///"))) as port:
        put_on(port, 1, funnel[:_WARMING])
        for _ in range(bench.runs):
            funnel_ms.append(_asked(port, funnel))
            timeline_ms.append(_asked(port, timelines))
    size = f"{bench.events:,} events, {len(leads):,} leads; {QUESTIONS} questions a run"
    return [_result("funnel now, p95", funnel_ms, 50, size), _result("one timeline, p95", timeline_ms, 10, size)]


def _asked(port: int, questions: list[bytes]) -> list[float]:
    return [seconds * 1_000 for seconds in put_on(port, 1, questions).seconds]


def _result(work: str, runs: list[list[float]], required_ms: float, size: str) -> Result:
    every = [milliseconds for run in runs for milliseconds in run]
    half = f"{size}; p50 {percentile(every, 0.5):.1f} ms, longest {max(every):.1f} ms"
    return Result(work, "ms", [percentile(run, 0.95) for run in runs], required=required_ms, at_most=True, notes=(half,))


def _leads(url: str) -> list[str]:
    """The keys of all leads; the projections are built first where they are not."""
    store = ReadStore(url)
    with Book.open(url) as book:
        ensure_built(url, book, store)
        leads = [stream.removeprefix("lead/") for stream, _ in book.store.lead_streams()]
    store.close()
    return leads


def _spread(leads: list[str], number: int) -> list[str]:
    return [leads[place * len(leads) // number] for place in range(number)]
