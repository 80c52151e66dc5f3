"""The peer of a rebuild: a projection in the library's own style, which counts leads by the stages they entered.

One event, one transaction: the count and the tracking position are written together by the library's SQLite tracking
recorder, with its defaults (WAL, FULL, one row of tracking). The library's runner cannot follow a SQLite application
(`subscribe` is not implemented there), so the notifications are read in its own sections of ten pages and handed over
one by one, as the runner would. It does the funnel alone, and only entries: no custody, no velocity, no knowledge
axis.
"""

from __future__ import annotations

from functools import singledispatchmethod
from pathlib import Path
from time import perf_counter
from typing import Any

from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder

from benchmarks.history import commits
from benchmarks.plain import Facts, PlainLead, PlainLeads

_PAGE = 1_000
_STAGE_OF = {"lead.captured": "lead", "opportunity.opened": "opportunity", "deal.won": "won"}


class FunnelCounts(SQLiteTrackingRecorder):
    """How many leads entered each stage."""

    def construct_create_table_statements(self) -> list[str]:
        table = "CREATE TABLE IF NOT EXISTS funnel (stage TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID"
        return [*super().construct_create_table_statements(), table]

    def count(self, stage: str | None, tracking: Tracking) -> None:
        """One more lead entered a stage; an event that enters none is only tracked."""
        with self.datastore.transaction(commit=True) as cursor:
            if stage is not None:
                cursor.execute("INSERT INTO funnel VALUES (?, 1) ON CONFLICT (stage) DO UPDATE SET n = n + 1", (stage,))
            self._insert_tracking(cursor, tracking)


class FunnelProjection(Projection[FunnelCounts]):
    """Counts stages as they are entered."""

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Takes in one event."""
        facts: Facts = domain_event.facts
        self.view.count(facts["data"].get("stage") or _STAGE_OF.get(facts["type"]), tracking)


def recorded(application: PlainLeads, facts: list[tuple[str, Facts]]) -> None:
    """Records what happened, for the projection to read."""
    leads: dict[str, PlainLead] = {}
    for page in commits(facts, _PAGE):
        touched = {}
        for key, fact in page:
            if key in leads:
                leads[key].happened(fact)
            else:
                leads[key] = PlainLead(key, fact)
            touched[key] = leads[key]
        application.save(*touched.values())


def projected(application: PlainLeads, file: Path, events: int) -> float:
    """Events a second, from an empty view to the last of so many events."""
    datastore = SQLiteDatastore(str(file))
    view = FunnelCounts(datastore)
    view.create_table()
    projection = FunnelProjection(view)
    begun, position = perf_counter(), 0
    while position < events:
        notifications = application.recorder.select_notifications(position, _PAGE, inclusive_of_start=False)
        for notification in notifications:
            projection.process_event(application.mapper.to_domain_event(notification), Tracking(application.name, notification.id))
            position = notification.id
    seconds = perf_counter() - begun
    datastore.close()
    return events / seconds
