"""What-if over the big ledger: every lead folded under its own agreements and under a draft, in one process and in two.

The draft is the default with shorter times, so that many clocks differ. There is no peer: what is required is a rate a
processor. Processes are begun anew for every run, and their start is part of it.
"""

from __future__ import annotations

import copy
from time import perf_counter

from benchmarks.comparing import Bench, Result
from benchmarks.history import AFTERWARDS, big_ledger
from domain.the_model import TERMS
from ledger.book import Book
from projections.what_if import Compared, Trial, what_if_in_processes

PROCESSES = 2
_REQUIRED = 20_000
"""Leads a second for each processor."""
_SHORTER = {"decide.mql": {"business_minutes": 30}, "first_attempt.mql": {"business_minutes": 20}, "decide.sal": {"business_hours": 4}}


def run(bench: Bench) -> list[Result]:
    """Replays the ledger in one process and in two, in turns."""
    url = big_ledger(bench.folder, bench.events)
    rates: dict[int, list[float]] = {1: [], PROCESSES: []}
    with Book.open(url) as book:
        trial = Trial(_draft(), AFTERWARDS, book.head().position)
        for _ in range(bench.runs):
            for processes, found in rates.items():
                begun = perf_counter()
                compared: Compared = what_if_in_processes(url, book, trial, processes)
                found.append(compared.leads / (perf_counter() - begun) / processes)
    notes = (
        f"{bench.events:,} events, {compared.leads:,} leads; {compared.clocks_differing:,} clocks of {compared.leads_differing:,} differ",
    )
    return [
        Result(f"what-if, {processes} process{'es' if processes > 1 else ''}", "leads/s/core", found, required=_REQUIRED, notes=notes)
        for processes, found in rates.items()
    ]


def _draft() -> dict[str, object]:
    terms = copy.deepcopy(TERMS) | {"name": "draft", "deem_accepted": False}
    for promise in terms["promises"]:
        promise["within"] = _SHORTER.get(promise["id"], promise.get("within"))
        if promise["within"] is None:
            del promise["within"]
    return terms
