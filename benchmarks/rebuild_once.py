"""One rebuild in a process of its own, so that its memory is its own: `python -m benchmarks.rebuild_once URL N`.

Prints the seconds it took; the processes' start is part of them.
"""

from __future__ import annotations

import sys
from time import perf_counter

from ledger.book import Book
from projections.read_store import ReadStore
from projections.rebuild import rebuild


def main() -> None:
    """Rebuilds every projection of a ledger in N processes."""
    url, processes = sys.argv[1], int(sys.argv[2])
    store = ReadStore(url)
    with Book.open(url) as book:
        begun = perf_counter()
        rebuild(url, book, store, processes=processes)
        seconds = perf_counter() - begun
    store.close()
    print(seconds)


if __name__ == "__main__":
    main()
