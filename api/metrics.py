"""What an operator watches, in Prometheus' text. Labels are templates and codes: never a key, a person or a path.

What is counted is of one process, or, where several serve together, of all: each writes its counts into a file of a folder that all
share, and whoever is asked adds them up. What is read (gauges.py) is of the ledger, and the same in each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from api.following import Follower
from api.gauges import Gauges
from api.tail import Tail
from ledger.log import Log
from ledger.tree_store import KeptCheckpoint
from ledger.witnessing.asking import WitnessAt

_LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class Metrics:
    """The figures of one application; a registry of its own, so that several can run in one process."""

    def __init__(self, follower: Follower, tail: Tail, is_outage: Callable[[Exception], bool]) -> None:
        self.registry = CollectorRegistry()
        """What this process counts."""
        self.gauges = Gauges(is_outage)
        self._told = CollectorRegistry()
        if FOLDER in os.environ:
            MultiProcessCollector(self._told, os.environ[FOLDER])  # type: ignore[no-untyped-call]
        else:
            self._told.register(self.registry)
        self._told.register(self.gauges)
        self.appends = Histogram(
            "tasuki_append_seconds", "From a request's events in line to their receipts.", buckets=_LATENCIES, registry=self.registry
        )
        self.batches = Histogram("tasuki_append_events", "Events a request appended.", buckets=_SIZES, registry=self.registry)
        self._refusals = Counter("tasuki_refusals", "Events refused, by problem type.", ["code"], registry=self.registry)
        self._requests = Histogram(
            "tasuki_http_request_seconds",
            "Requests by route template.",
            ["method", "route", "status"],
            buckets=_LATENCIES,
            registry=self.registry,
        )
        self._known: dict[tuple[str, str, int], Histogram] = {}
        self.queue = Gauge("tasuki_queue", "Requests that wait for their receipts.", registry=self.registry, multiprocess_mode="livesum")
        tell = self.gauges.tell
        tell("tasuki_position", "The last position of the book.", lambda: tail.position)
        tell("tasuki_projections_position", "How far the projections have read.", lambda: follower.position)
        tell("tasuki_projections_lag", "Positions the projections are behind.", lambda: max(0, tail.position - follower.position))

    def watch_log(self, log: Log, witnesses: Sequence[WitnessAt]) -> None:
        """How far the log is signed, and how far each witness has cosigned it."""
        self.gauges.tell("tasuki_signed_position", "How far the log is signed.", lambda: _size(log.latest()))
        names = [witness.verifier.name for witness in witnesses]
        sentence = "How far a witness has cosigned the log."
        self.gauges.tell_each("tasuki_witnessed_position", sentence, ["witness"], lambda: {(name,): _cosigned(log, name) for name in names})

    def refused(self, code: str) -> None:
        """Counts an event refused."""
        self._refusals.labels(code).inc()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a request answered. Children are kept, since looking one up costs more than counting."""
        key = (method, route, status)
        child = self._known.get(key)
        if child is None:
            child = self._known[key] = self._requests.labels(method, route, str(status))
        child.observe(seconds)

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self._told)


FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which the library is told, before it is loaded, where processes count together."""


@contextmanager
def counted_together() -> Iterator[Callable[[int], None]]:
    """Processes that are started meanwhile count together. Gives what is called with the number of one that died: what it
    counted stays, what waited in it does not."""
    with TemporaryDirectory(prefix="tasuki-metrics-") as folder:
        os.environ[FOLDER] = folder
        try:
            yield partial(mark_process_dead, path=folder)
        finally:
            del os.environ[FOLDER]


def _size(checkpoint: KeptCheckpoint | None) -> int:
    return checkpoint.size if checkpoint else 0


def _cosigned(log: Log, witness: str) -> int:
    return _size(log.latest_cosigned(witness))
