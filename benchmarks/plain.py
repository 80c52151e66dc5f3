"""The peer: the `eventsourcing` library as its documentation shows it, with its defaults.

An aggregate a lead with an event a fact, the JSON transcoder, SQLite in WAL mode with `synchronous=FULL` (the library
asks for WAL and leaves SQLite's own default for the rest). Nothing is decided, hashed or made canonical.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

Facts = dict[str, Any]
"""What happened, as a client says it."""


class PlainLead(Aggregate):
    """A lead that keeps what happened to it."""

    @event("Captured")
    def __init__(self, key: str, facts: Facts) -> None:
        self.key = key
        self.events = 1

    @event("Happened")
    def happened(self, facts: Facts) -> None:
        """Something more happened to the lead."""
        self.events += 1


class PlainLeads(Application[UUID]):
    """Leads, saved."""


def plain_leads(path: Path) -> PlainLeads:
    """The application on a file of its own."""
    return PlainLeads(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})
