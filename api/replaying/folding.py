"""One partition of an export folded: all that a worker does, wherever it runs.

It is a function of its task and of files that never change, so that a task may be done again when its worker was killed.
"""

from __future__ import annotations

import gc
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from api.exporting.manifest import HeldFile, checked
from api.knowledge import Known
from api.replaying.output import Output
from api.replaying.partitions import leads_in, shared_in
from api.timelines import shown_timeline
from domain.told import told_at
from domain.vocabulary import instant


class Task(NamedTuple):
    """Partition `number` of the export in `folder`, read at `as_of` by what was known at `position`; its rows go `into`
    another folder. Both are to be seen by whoever works on it."""

    folder: str
    into: str
    number: int
    shared: HeldFile
    partition: HeldFile
    position: int
    as_of: datetime
    known_at: datetime


class Folded(NamedTuple):
    """What came of a partition."""

    number: int
    entries: int
    leads: int
    rows: dict[str, int]


def fold_partition(task: Task) -> Folded:
    """Folds every lead of a partition and writes its rows. Raises FaultyExportError where a file is not as exported."""
    gc.disable()  # Folding makes no cycles, and looking for them takes a third of the time.
    try:
        return _folded(task)
    finally:
        gc.enable()


def _folded(task: Task) -> Folded:
    folder, known = Path(task.folder), Known(instant(task.as_of), instant(task.known_at), task.position, False)
    shared = shared_in(checked(folder, task.shared), task.position)
    entries = leads = 0
    with Output(Path(task.into), task.number) as output:
        for lead, events in leads_in(checked(folder, task.partition), task.position):
            entries += sum(event.lead == lead for event in events)
            told = told_at(lead, events, shared, known.as_of)
            if told is not None:
                leads += 1
                output.add(shown_timeline(lead, told, known))
    return Folded(task.number, entries, leads, output.rows())
