"""How promises were kept and whose fault it was, asked over HTTP on the big ledger: /v1/sla by month and department,
/v1/faults by month and party.

At the present they come from tallies; at any past (`as_of` and `known_at`, spread evenly over the ledger's life) from the
rows themselves. The server is the whole application in its own process; the client another.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from benchmarks.comparing import Bench, Result, percentile
from benchmarks.history import big_ledger
from benchmarks.load import get, put_on
from benchmarks.serving import ours
from domain.vocabulary import instant, moment
from ledger.book import Book
from projections.clocks import CLOCKS
from projections.projection import Projection
from projections.read_store import ReadStore
from projections.rebuild import ensure_built
from projections.verdicts import VERDICTS

QUESTIONS = 200
PAST_QUESTIONS = 20
_WARMING = 3


class Figures(NamedTuple):
    """What is asked, from which table's rows it is counted, and how long it may take now and about any past."""

    name: str
    path: str
    asked: dict[str, str]
    table: Projection
    present_ms: float
    past_ms: float | None


FIGURES = (
    Figures("sla by month and department", "/v1/sla", {"group_by": "month,department"}, CLOCKS, 80, 1_500),
    Figures("faults by month and party", "/v1/faults", {"group_by": "month,party"}, VERDICTS, 80, None),
)


def run(bench: Bench) -> list[Result]:
    """Asks about the present and about the past, run by run."""
    url = big_ledger(bench.folder, bench.events)
    moments = _moments(url)
    results = []
    with ours(Path(url.removeprefix("sqlite:///"))) as port:
        for figures in FIGURES:
            now = [get(f"{figures.path}?{urlencode(figures.asked)}")] * QUESTIONS
            past = [get(f"{figures.path}?{urlencode({**figures.asked, 'as_of': at, 'known_at': at})}") for at in moments]
            present_ms, past_ms = list[list[float]](), list[list[float]]()
            put_on(port, 1, [*now[:_WARMING], *past[:_WARMING]])
            for _ in range(bench.runs):
                present_ms.append(_asked(port, now))
                past_ms.append(_asked(port, past))
            size = f"{bench.events:,} events, {_known(url, figures.table):,} rows of {figures.table.name} known now"
            results += [
                _result(f"{figures.name} now, p95", present_ms, figures.present_ms, f"{size}; {QUESTIONS} questions a run"),
                _result(f"{figures.name} at any past, p95", past_ms, figures.past_ms, f"{size}; {PAST_QUESTIONS} questions a run"),
            ]
    return results


def _asked(port: int, questions: list[bytes]) -> list[float]:
    return [seconds * 1_000 for seconds in put_on(port, 1, questions).seconds]


def _result(work: str, runs: list[list[float]], required_ms: float | None, size: str) -> Result:
    every = [milliseconds for run in runs for milliseconds in run]
    half = f"{size}; p50 {percentile(every, 0.5):.1f} ms, longest {max(every):.1f} ms"
    return Result(work, "ms", [percentile(run, 0.95) for run in runs], required=required_ms, at_most=True, notes=(half,))


def _moments(url: str) -> list[str]:
    """Moments of the past, spread evenly; the projections are built first where they are not."""
    store = ReadStore(url)
    with Book.open(url) as book:
        ensure_built(url, book, store)
        head = book.head().position
        found = [book.entry(head * number // PAST_QUESTIONS) for number in range(1, PAST_QUESTIONS + 1)]
        recorded = [instant(entry.recorded_at) for entry, _ in filter(None, found)]
    store.close()
    return [moment(at).isoformat() for at in recorded]


def _known(url: str, projection: Projection) -> int:
    """How many rows of a projection are known now."""
    store = ReadStore(url)
    with store.reading() as connection:
        table = store.live_table(connection, projection)
        known: int = connection.exec_driver_sql(f"SELECT count(*) FROM {table.name} WHERE known_until IS NULL").scalar_one()  # noqa: S608 - a name of our own
    store.close()
    return known
