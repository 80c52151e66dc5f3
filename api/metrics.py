"""What an operator watches, in Prometheus' text. Labels are templates and codes: never a key, a person or a path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from api.following import Follower
from api.tail import Tail
from ledger.log import Log
from ledger.sequencer import Sequencer
from ledger.tree_store import KeptCheckpoint
from ledger.witnessing.asking import WitnessAt

_LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class Metrics:
    """The figures of one application; a registry of its own, so that several can run in one process."""

    def __init__(self, sequencer: Sequencer, follower: Follower, tail: Tail) -> None:
        self.registry = CollectorRegistry()
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
        self._gauge("tasuki_queue", "Requests that wait for their transaction.", lambda: sequencer.waiting)
        self._gauge("tasuki_position", "The last position of the book.", lambda: tail.position)
        self._gauge("tasuki_projections_position", "How far the projections have read.", lambda: follower.position)
        self._gauge("tasuki_projections_lag", "Positions the projections are behind.", lambda: max(0, tail.position - follower.position))

    def watch_log(self, log: Log, witnesses: Sequence[WitnessAt]) -> None:
        """How far the log is signed, and how far each witness has cosigned it."""
        self._gauge("tasuki_signed_position", "How far the log is signed.", lambda: _size(log.latest()))
        cosigned = Gauge("tasuki_witnessed_position", "How far a witness has cosigned the log.", ["witness"], registry=self.registry)
        for witness in witnesses:
            name = witness.verifier.name
            cosigned.labels(name).set_function(partial(_cosigned, log, name))

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
        return generate_latest(self.registry)

    def _gauge(self, name: str, sentence: str, read: Callable[[], int]) -> None:
        Gauge(name, sentence, registry=self.registry).set_function(read)


def _size(checkpoint: KeptCheckpoint | None) -> int:
    return checkpoint.size if checkpoint else 0


def _cosigned(log: Log, witness: str) -> int:
    return _size(log.latest_cosigned(witness))
