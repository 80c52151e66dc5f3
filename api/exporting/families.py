"""Leads that were merged belong together: the fold of one needs the events of the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from domain.events import LeadMerged, Recorded


def families(merges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Every lead that was merged into another, or that another was merged into, with the name of its family: its first
    key. A lead that is not in it is a family of its own. `merges` are (lead, the one that survives)."""
    parent: dict[str, str] = {}

    def root(lead: str) -> str:
        while (above := parent.setdefault(lead, lead)) != lead:
            parent[lead] = lead = parent[above]
        return lead

    for lead, into in merges:
        first, second = sorted((root(lead), root(into)))
        parent[second] = first
    return {lead: root(lead) for lead in list(parent)}


def joined(lead: str, own: Mapping[str, Sequence[Recorded]]) -> list[Recorded]:
    """A lead's events and those of the leads merged into it, however far back, in the order of the book. `own` are the
    events of a family by lead."""
    merged: dict[str, set[str]] = {}
    for events in own.values():
        for recorded in events:
            if isinstance(recorded.event, LeadMerged) and recorded.lead is not None:
                merged.setdefault(recorded.event.into, set()).add(recorded.lead)
    found, waiting = {lead}, [lead]
    while waiting:
        new = merged.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    together = [recorded for member in found for recorded in own.get(member, ())]
    return sorted(together, key=lambda recorded: recorded.position) if len(found) > 1 else together
