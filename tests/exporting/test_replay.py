"""The fold over an export says what the ledger says, on every engine, byte for byte, and when a worker is killed."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.exporting.manifest import FaultyExportError, read_manifest
from api.exporting.parquet import write_parquet
from api.knowledge import Known
from api.replaying import local
from api.replaying.engines import EngineFailedError
from api.replaying.folding import Folded, Task
from api.replaying.replay import Engine, one_by_one, replay
from api.replaying.tables import TABLES
from api.timelines import ShownTimeline, shown_timeline
from domain.told import told_at
from domain.vocabulary import SECOND, instant, moment
from ledger.book import Book
from tests.domain.strategies import seeds
from tests.exporting.exporting import source
from tests.projections.reading import ledger_in

DAY = 86_400 * SECOND


def replayed(export: Path, into: Path, engine: Engine = one_by_one, **how: Any) -> Path:
    replay(export, into, engine, how.get("as_of"), how.get("position"), lambda _done, _total: None)
    return into


def exported(book: Book, folder: Path, partitions: int, known: Known | None = None) -> Path:
    folder.mkdir()
    write_parquet(source(book, known=known), folder, partitions)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file there is, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    found = [row for path in sorted((folder / table).iterdir()) for row in pq.read_table(path).to_pylist(maps_as_pydicts="strict")]
    return sorted(found, key=lambda row: row["lead"])


def shown_by_the_ledger(book: Book, known: Known) -> list[ShownTimeline]:
    """What /v1/leads/{key}/timeline answers for every lead."""
    shared = book.shared(known.position)
    leads = sorted(stream.removeprefix("lead/") for stream, _ in book.store.lead_streams())
    told = [(lead, told_at(lead, book.events_of(lead, known.position), shared, known.as_of)) for lead in leads]
    return [shown_timeline(lead, found, known) for lead, found in told if found is not None]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), st.sampled_from([-2 * DAY, 0, 60 * DAY]), st.sampled_from([1.0, 0.6]), st.integers(1, 4))
def test_a_replay_says_of_every_lead_what_its_timeline_says(
    r: random.Random, commits: int, ahead: int, share: float, partitions: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        position = ledger.book.end_of_commit(int(ledger.book.head().position * share))
        known = Known(ledger.now + ahead, ledger.now, position, False)
        export = exported(ledger.book, Path(folder, "export"), partitions)
        into = replayed(export, Path(folder, "replay"), as_of=moment(known.as_of), position=position)
        episodes = [(shown.lead, episode) for shown in shown_by_the_ledger(ledger.book, known) for episode in shown.episodes]
        assert [(row["lead"], row["episode"], row["from"], row["custodian"], row["responsible"]) for row in rows(into, "segments")] == [
            (lead, episode.number, segment.from_, segment.custodian, segment.responsible)
            for lead, episode in episodes
            for segment in episode.segments
        ]
        assert [(row["lead"], row["promise"], row["state"], row["used_seconds"]) for row in rows(into, "clocks")] == [
            told
            for lead, episode in episodes
            for told in (
                *((lead, clock.promise, clock.state, clock.used_seconds) for clock in episode.clocks),
                *((lead, relay.relay, relay.state, relay.used_seconds) for relay in episode.relays),
            )
        ]
        assert [(row["id"], row["shares"], row["status"], row["evidence"]) for row in rows(into, "verdicts")] == [
            (verdict.id, verdict.shares, verdict.status, verdict.evidence) for _, episode in episodes for verdict in episode.verdicts
        ]


def test_processes_of_their_own_leave_the_same_bytes(book: Book, tmp_path: Path) -> None:
    export = exported(book, tmp_path / "export", 4)
    one, two = (
        replayed(export, tmp_path / name, engine) for name, engine in (("one", one_by_one), ("two", partial(local.folded, processes=2)))
    )
    assert contents(one) == contents(two)
    assert len(contents(one)) == 4 * len(TABLES) + 1


def test_an_export_of_what_was_known_then_replays_as_the_whole_one_read_then(book: Book, tmp_path: Path) -> None:
    position = book.end_of_commit(700)
    known = Known(instant(datetime(2026, 11, 1, tzinfo=UTC)), book.clock(), position, False)
    then = replayed(exported(book, tmp_path / "then", 3, known), tmp_path / "a")
    now = replayed(exported(book, tmp_path / "now", 3), tmp_path / "b", as_of=moment(known.as_of), position=position)
    assert contents(then) == contents(now)


def test_a_partition_that_was_cut_short_is_told_and_not_folded(book: Book, tmp_path: Path) -> None:
    export = exported(book, tmp_path / "export", 2)
    path = export / read_manifest(export).partitions[1].path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FaultyExportError, match="not as it was exported"):
        replayed(export, tmp_path / "replay")


def test_a_process_that_is_killed_ends_the_local_replay_with_a_sentence(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "fold_partition", _die)
    with pytest.raises(EngineFailedError, match="was killed"):
        replayed(exported(book, tmp_path / "export", 2), tmp_path / "replay", partial(local.folded, processes=1))


def _die(_task: Task) -> Folded:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("A killed process goes on.")


# Dask


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two workers in processes of their own; a killed one is replaced."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as made:
        yield made


def on_cluster(cluster: Any) -> Engine:
    from api.replaying import on_dask  # noqa: PLC0415 - it needs the extra.

    return partial(on_dask.folded, processes=1, scheduler=cluster.scheduler_address)


def test_dask_leaves_the_same_bytes(book: Book, tmp_path: Path, cluster: Any) -> None:
    export = exported(book, tmp_path / "export", 5)
    assert contents(replayed(export, tmp_path / "dask", on_cluster(cluster))) == contents(replayed(export, tmp_path / "one"))


def test_a_worker_killed_in_the_midst_of_it_changes_nothing(book: Book, tmp_path: Path, cluster: Any) -> None:
    """Killed with SIGKILL while it folds: what it had under way is done by another, and nothing half done is left."""
    export, lost = exported(book, tmp_path / "export", 12), list[int]()

    def and_kill(tasks: Sequence[Task]) -> Iterator[Folded]:
        for part in on_cluster(cluster)(tasks):
            if not lost:
                lost.append(_tasks_lost_with_a_worker(cluster))
            yield part

    into = replayed(export, tmp_path / "dask", and_kill)
    assert lost[0] > 0, "the killed worker had nothing under way"
    assert contents(into) == contents(replayed(export, tmp_path / "one"))


def _tasks_lost_with_a_worker(cluster: Any) -> int:
    """Kills the process of a worker that is at work. Returns how many tasks were under way on it."""
    scheduler = cluster.scheduler
    busy = next(name for name, worker in scheduler.workers.items() if worker.processing)
    os.kill(next(nanny.pid for nanny in cluster.workers.values() if nanny.worker_address == busy), signal.SIGKILL)
    begun = time.monotonic()
    while busy in scheduler.workers and time.monotonic() - begun < 30:
        time.sleep(0.001)
    return sum(task.suspicious for task in list(scheduler.tasks.values()))
