"""How promises were kept, asked over HTTP on the big ledger: /v1/sla by month and department.

At the present it comes from the tally; at any past (`as_of` and `known_at`, spread evenly over the ledger's life) from
the clocks themselves. The server is the whole application in its own process; the client another.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from benchmarks.comparing import Bench, Result, percentile
from benchmarks.history import big_ledger
from benchmarks.load import get, put_on
from benchmarks.serving import ours
from domain.vocabulary import instant, moment
from ledger.book import Book
from projections.clocks import CLOCKS
from projections.read_store import ReadStore
from projections.rebuild import ensure_built

QUESTIONS = 200
PAST_QUESTIONS = 20
_WARMING = 3
_PRESENT_MS, _PAST_MS = 80, 1_500
_ASKED = {"group_by": "month,department"}


def run(bench: Bench) -> list[Result]:
    """Asks about the present and about the past, run by run."""
    url = big_ledger(bench.folder, bench.events)
    past, clocks = _prepared(url)
    now = [get(f"/v1/sla?{urlencode(_ASKED)}")] * QUESTIONS
    present_ms, past_ms = list[list[float]](), list[list[float]]()
    with ours(Path(url.removeprefix("sqlite:///"))) as port:
        put_on(port, 1, [*now[:_WARMING], *past[:_WARMING]])
        for _ in range(bench.runs):
            present_ms.append(_asked(port, now))
            past_ms.append(_asked(port, past))
    size = f"{bench.events:,} events, {clocks:,} clocks known now"
    return [
        _result("sla by month and department now, p95", present_ms, _PRESENT_MS, f"{size}; {QUESTIONS} questions a run"),
        _result("sla by month and department at any past, p95", past_ms, _PAST_MS, f"{size}; {PAST_QUESTIONS} questions a run"),
    ]


def _asked(port: int, questions: list[bytes]) -> list[float]:
    return [seconds * 1_000 for seconds in put_on(port, 1, questions).seconds]


def _result(work: str, runs: list[list[float]], required_ms: float, size: str) -> Result:
    every = [milliseconds for run in runs for milliseconds in run]
    half = f"{size}; p50 {percentile(every, 0.5):.1f} ms, longest {max(every):.1f} ms"
    return Result(work, "ms", [percentile(run, 0.95) for run in runs], required=required_ms, at_most=True, notes=(half,))


def _prepared(url: str) -> tuple[list[bytes], int]:
    """Questions about moments of the past, each as known then, and how many clocks there are; the projections are built
    first where they are not."""
    store = ReadStore(url)
    with Book.open(url) as book:
        ensure_built(url, book, store)
        head = book.head().position
        found = [book.entry(head * number // PAST_QUESTIONS) for number in range(1, PAST_QUESTIONS + 1)]
        recorded = [instant(entry.recorded_at) for entry, _ in filter(None, found)]
    with store.reading() as connection:
        table = store.live_table(connection, CLOCKS)
        clocks: int = connection.exec_driver_sql(f"SELECT count(*) FROM {table.name} WHERE known_until IS NULL").scalar_one()  # noqa: S608 - a name of our own
    store.close()
    moments = [moment(at).isoformat() for at in recorded]
    return [get(f"/v1/sla?{urlencode({**_ASKED, 'as_of': at, 'known_at': at})}") for at in moments], clocks
