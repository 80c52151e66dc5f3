"""Runs the benchmarks and prints what they found: `python -m benchmarks [--events N] [--runs R] [--only NAME …]`."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import (
    bulk_import,
    calendar,
    machine,
    pages,
    postgres,
    posting,
    promises,
    proving,
    reading,
    rebuilding,
    replaying,
    results,
    soak,
    what_if,
)
from benchmarks.comparing import Bench, Result

BENCHMARKS: dict[str, Callable[[Bench], list[Result]]] = {
    "import": bulk_import.run,
    "post": posting.run,
    "postgres": postgres.run,
    "rebuild": rebuilding.run,
    "reads": reading.run,
    "pages": pages.run,
    "promises": promises.run,
    "what-if": what_if.run,
    "replay": replaying.run,
    "proofs": proving.run,
    "calendar": calendar.run,
    "soak": soak.run,
}


def main() -> int:
    """0 where everything required holds, else 1."""
    asked = _asked()
    if asked.work is not None:
        asked.work.mkdir(parents=True, exist_ok=True)
        return _measure(asked, asked.work.resolve())
    with TemporaryDirectory(prefix="tasuki-bench-") as folder:
        return _measure(asked, Path(folder))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="how many events the big ledger holds")
    parser.add_argument("--sample", type=int, default=200_000, help="how many events each import writes, at most as many as --events")
    parser.add_argument("--runs", type=int, default=5, help="how many turns each work and each peer takes")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the soak loads the server")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS), help="which benchmarks, by name")
    parser.add_argument("--json", type=Path, help="where to write the figures; by default a new file in benchmarks/results")
    parser.add_argument("--work", type=Path, help="a folder for the ledgers; a big one found there is used again")
    return parser.parse_args()


def _measure(asked: argparse.Namespace, folder: Path) -> int:
    bench = Bench(folder, asked.events, min(asked.sample, asked.events), asked.runs, asked.seconds)
    _collect_seldom()
    facts = machine.facts(folder)
    found: list[Result] = []
    for name in asked.only:
        print(f"Measuring {name}.", file=sys.stderr)
        found += BENCHMARKS[name](bench)
    results.show(found, facts, asked.runs)
    sizes = {"events": bench.events, "sample": bench.sample, "runs": bench.runs, "only": asked.only}
    print(f"Every figure is in {results.keep(found, facts, asked.json, sizes)}.")
    return 1 if any(result.is_met is False for result in found) else 0


def _collect_seldom() -> None:
    """As `tasuki` itself does for its commands, so that our import is the one that users get; the peers gain by it too."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


if __name__ == "__main__":
    sys.exit(main())
