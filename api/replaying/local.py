"""The engine of one machine: processes of this program, each folding one partition after another."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from api.replaying.engines import EngineFailedError
from api.replaying.folding import Folded, Task, fold_partition


def folded(tasks: Sequence[Task], processes: int) -> Iterator[Folded]:
    """Each partition as it is done. Raises EngineFailedError where a process was killed."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(tasks)), context) as pool:
        try:
            for future in as_completed([pool.submit(fold_partition, task) for task in tasks]):
                yield future.result()
        except BrokenProcessPool:
            sentence = "A process of the replay was killed, perhaps for want of memory; take fewer --processes, or --engine dask."
            raise EngineFailedError(sentence) from None
