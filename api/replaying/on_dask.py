"""The engine of many machines: a Dask cluster that exists, or workers started here for this one replay.

The scheduler gives what a lost worker had under way to another one. A task is a name and a few figures, and what comes
back are counts: rows go from the workers straight into files, so that nothing is shuffled and nothing passes by here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from distributed import Client, KilledWorker, LocalCluster, as_completed

from api.replaying.engines import EngineFailedError
from api.replaying.folding import Folded, Task, fold_partition

_CONNECT_SECONDS = 10


def folded(tasks: Sequence[Task], processes: int, scheduler: str | None) -> Iterator[Folded]:
    """Each partition as it is done. Raises EngineFailedError where there is no scheduler, or a task killed every worker
    that took it."""
    with ExitStack() as stack:
        client = stack.enter_context(_client(stack, processes, scheduler))
        # `pure=False`: what a task leaves are files, which no result of an earlier replay stands for. Nobody else holds
        # the futures, so that what is done is let go, and is not done again when the worker that did it is lost.
        try:
            for _, result in as_completed(client.map(fold_partition, tasks, pure=False), with_results=True):
                yield result
        except KilledWorker:
            sentence = "One partition was lost with every worker that took it, perhaps for want of memory; export more --partitions."
            raise EngineFailedError(sentence) from None


def _client(stack: ExitStack, processes: int, scheduler: str | None) -> Client:
    if scheduler is None:
        cluster = LocalCluster(n_workers=processes, threads_per_worker=1, dashboard_address=None, host="127.0.0.1")
        return Client(stack.enter_context(cluster))
    try:
        return Client(scheduler, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError):
        raise EngineFailedError(f"No Dask scheduler answers at {scheduler}; expected an address such as tcp://10.0.0.5:8786.") from None
