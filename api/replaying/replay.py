"""A whole replay: a task a partition, an engine that does them, and a word on what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from api.exporting.manifest import HeldFile, checked, held, read_manifest
from api.replaying.folding import Folded, Task, fold_partition
from api.replaying.output import UNFINISHED, file_of, make_folders
from api.replaying.partitions import shared_in
from api.replaying.tables import TABLES
from domain.agreement import Agreement
from domain.vocabulary import instant

NAME = "replay.json"
Engine = Callable[[Sequence[Task]], Iterator[Folded]]
Progress = Callable[[int, int], None]


class Replay(msgspec.Struct, frozen=True):
    """What a replay gave, written last. It says nothing of the engine: whichever it was, the files are the same."""

    format: Literal["tasuki-replay@1"]
    tasuki: str
    position: int
    as_of: datetime
    entries: int
    leads: int
    rows: dict[str, int]
    files: Sequence[HeldFile]


def replay(folder: Path, into: Path, engine: Engine, as_of: datetime | None, position: int | None, progress: Progress) -> Replay:
    """Folds an export into a new folder. `progress` is told (entries done, entries in all).

    Raises FaultyExportError where the export is not whole, and what the engine raises."""
    tasks = tasks_of(folder, into, as_of, position)
    make_folders(into)
    done, total = 0, sum(task.partition.rows for task in tasks)
    parts: list[Folded] = []
    for part in engine(tasks):
        parts.append(part)
        done += tasks[part.number].partition.rows
        progress(done, total)
    for left in into.rglob(f"{UNFINISHED}*"):
        left.unlink()
    parts.sort(key=lambda part: part.number)
    told = Replay(
        format="tasuki-replay@1",
        tasuki=version("tasuki"),
        position=tasks[0].position,
        as_of=tasks[0].as_of,
        entries=sum(part.entries for part in parts),
        leads=sum(part.leads for part in parts),
        rows={name: sum(part.rows[name] for part in parts) for name in TABLES},
        files=[held(into, file_of(name, part.number), part.rows[name]) for name in TABLES for part in parts],
    )
    (into / NAME).write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")
    return told


def tasks_of(folder: Path, into: Path, as_of: datetime | None = None, position: int | None = None) -> list[Task]:
    """A task for each partition; by default as the export says. Raises FaultyExportError."""
    manifest = read_manifest(folder)
    known = manifest.position if position is None else min(position, manifest.position)
    return [
        Task(
            str(folder.resolve()),
            str(into.resolve()),
            number,
            manifest.shared,
            partition,
            known,
            manifest.as_of if as_of is None else as_of,
            manifest.known_at,
        )
        for number, partition in enumerate(manifest.partitions)
    ]


def agreement_of(folder: Path) -> Agreement:
    """The agreement in force when an export was made. Raises FaultyExportError."""
    manifest = read_manifest(folder)
    shared = shared_in(checked(folder, manifest.shared), manifest.position)
    return shared.agreement_at(instant(manifest.known_at))


def one_by_one(tasks: Sequence[Task]) -> Iterator[Folded]:
    """The engine of this very process."""
    return map(fold_partition, tasks)
