"""The pages on the big ledger: how long the server takes for each, how large it is, and when a browser first paints it.

The server is the whole application in its own process. Every page is asked for as one sees it first, and again grouped,
filtered, and as it was known in the midst of the ledger. A browser (Chromium, where there is one) opens each with an empty
cache, in a profile of its own. There is no peer: what is required are milliseconds and bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic
from urllib.parse import quote

from playwright.sync_api import Browser, sync_playwright

from benchmarks.comparing import Bench, Result, percentile
from benchmarks.history import big_ledger
from benchmarks.load import get, put_on
from benchmarks.serving import ours
from ledger.book import Book
from projections.read_store import ReadStore
from projections.rebuild import ensure_built

QUESTIONS = 20
_WARMING = 2
_PAINT_SECONDS = 30
_SERVER_MS, _PAINT_MS, _PAGE_BYTES = 120, 500, 150_000
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def run(bench: Bench) -> list[Result]:
    """Asks for every page, run by run."""
    url = big_ledger(bench.folder, bench.events)
    pages = _pages(url)
    with ours(Path(url.removeprefix("sqlite:///"))) as port:
        found = [result for page in pages for result in _asked(port, page, bench.runs)]
        chromium = shutil.which("chromium")
        return found if chromium is None else [*found, *_painted(port, pages, chromium, bench.runs)]


def _pages(url: str) -> list[str]:
    """The addresses of the pages; the projections are built first where they are not."""
    store = ReadStore(url)
    with Book.open(url) as book:
        ensure_built(url, book, store)
        leads = [stream.removeprefix("lead/") for stream, _ in book.store.lead_streams()]
        middle = book.head().position // 2
    store.close()
    lead = f"/leads/{quote(leads[len(leads) // 2], safe='')}"
    return [
        *(
            "/",
            "/promises",
            "/promises?department=inside_sales",
            "/promises/clocks?clock_state=late",
            "/promises/offers?promise=volume.mql",
        ),
        *("/faults", "/faults/verdicts", "/faults/disputes", "/faults/time", "/funnel", "/funnel?basis=cohort", "/funnel?group_by=channel"),
        *("/funnel/runs?of=mql", "/handovers", "/handovers/changes", "/turned-down?within=month", "/leads", "/leads?stage=sal", lead),
        *("/kpis", "/returns", "/scoring"),
        *("/agreement", "/ledger", "/import", f"/?known_at={middle}", f"/promises?known_at={middle}", f"/faults?known_at={middle}"),
        *(f"/funnel?known_at={middle}", f"/handovers?known_at={middle}", f"/leads?known_at={middle}"),
    ]


def _asked(port: int, page: str, runs: int) -> Iterator[Result]:
    """How long the server takes for a page, and its size."""
    question = [get(page)] * QUESTIONS
    put_on(port, 1, question[:_WARMING])
    times = [[seconds * 1_000 for seconds in put_on(port, 1, question).seconds] for _ in range(runs)]
    every = [milliseconds for run in times for milliseconds in run]
    note = f"p50 {percentile(every, 0.5):.1f} ms, longest {max(every):.1f} ms, {_size(port, page) / 1_000:.0f} kB"
    yield Result(f"page {page}, p95", "ms", [percentile(run, 0.95) for run in times], required=_SERVER_MS, at_most=True, notes=(note,))
    yield Result(f"page {page}, size", "bytes", [_size(port, page)], required=_PAGE_BYTES, at_most=True)


def _size(port: int, page: str) -> int:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", page)
    size = len(connection.getresponse().read())
    connection.close()
    return size


def _painted(port: int, pages: Sequence[str], chromium: str, runs: int) -> Iterator[Result]:
    """When each page is first painted, cold."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for page in pages:
            milliseconds = [_first_paint(browser, f"http://127.0.0.1:{port}{page}") for _ in range(runs)]
            yield Result(f"page {page}, first paint", "ms", milliseconds, required=_PAINT_MS, at_most=True)
        browser.close()


def _first_paint(browser: Browser, url: str) -> float:
    """Asked for again and again: the page's own policy lets no script wait for it."""
    with browser.new_context() as context, context.new_page() as page:
        page.goto(url, wait_until="load")
        until = monotonic() + _PAINT_SECONDS
        while monotonic() < until:
            milliseconds: float | None = page.evaluate(_PAINTED)
            if milliseconds is not None:
                return milliseconds
            page.wait_for_timeout(5)
    raise RuntimeError(f"{url} is not painted within {_PAINT_SECONDS} seconds.")
