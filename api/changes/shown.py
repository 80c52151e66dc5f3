"""What changed between two moments of knowledge, as answers give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.changes.comparing import Changed, Comparison
from api.changes.facts import Kind, Thing, differences
from api.changes.moving import Moved
from api.changes.sentences import Telling
from api.personal import Disclosure
from api.showing import ShownEvent, shown_events
from api.shown_verdicts import Said
from api.stories import WallClock
from domain.shared import Shared
from ledger.book import Book


class Difference(msgspec.Struct, frozen=True):
    """A thing that the two answers tell differently: the lead itself, a `segment` of its history, a `handoff`, a `clock` or
    `relay`, a `verdict` or a `dispute`, under the name that other answers give it. `before` and `after` hold what differs;
    of a thing that is in one answer alone, all of it, and null on the other side. `events` are the positions of the records
    that changed it, one after the other."""

    kind: Kind
    name: str
    episode: int | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    events: Sequence[int]
    sentence: Said


class ChangedLead(msgspec.Struct, frozen=True):
    """A lead whose story at `as_of` differs, and the records that changed it, in full."""

    lead: str
    differences: Sequence[Difference]
    events: Sequence[ShownEvent]


class ChangesAnswer(msgspec.Struct, frozen=True):
    """What the answer for `as_of` changed between two moments of knowledge: `known_at` (the end of `known_position`) and
    `until` (the end of `position`). `n` leads changed in all, `moved` says by how much the figures did with them; `leads` is
    one page of them in the order of their keys, `next` the cursor of the next one."""

    position: int
    as_of: datetime
    known_at: datetime
    until: datetime
    known_position: int
    n: int
    moved: Sequence[Moved]
    leads: Sequence[ChangedLead]
    next: str | None


def shown_lead(book: Book, shared: Shared, comparison: Comparison, changed: Changed, disclosure: Disclosure) -> ChangedLead:
    """A changed lead; `shared` is what all leads shared at the later moment."""
    by = comparison.events(changed)
    telling = Telling(changed.before, changed.after, WallClock(shared.agreement(_agreement(changed))))
    found = [
        Difference(thing.kind, thing.name, thing.episode, *differing, by[thing], Said(*telling.says(thing, differing)))
        for thing, differing in differences(changed.before, changed.after).items()
    ]
    blobs = (book.store.blob(position) for position in sorted({position for positions in by.values() for position in positions}))
    return ChangedLead(changed.lead, found, shown_events((blob[0] for blob in blobs if blob is not None), disclosure))


def _agreement(changed: Changed) -> str:
    """The agreement that the lead runs under at the instant."""
    named: str = (changed.after or changed.before)[Thing("lead", None, changed.lead)]["agreement"]
    return named


def lines(leads: Sequence[ChangedLead]) -> Iterator[dict[str, Any]]:
    """One row for each fact that differs."""
    for one in leads:
        for found in one.differences:
            before, after = found.before or {}, found.after or {}
            for fact in {**before, **after}:
                if found.before is not None and found.after is not None and before[fact] == after[fact]:
                    continue
                yield {
                    "lead": one.lead,
                    "kind": found.kind,
                    "name": found.name,
                    "episode": found.episode,
                    "fact": fact,
                    "before": _plain(before.get(fact)),
                    "after": _plain(after.get(fact)),
                    "events": found.events,
                    "sentence": found.sentence,
                }


def _plain(value: Any) -> Any:
    """A value for one cell: what nests, as JSON."""
    plain = msgspec.to_builtins(value)
    return msgspec.json.encode(plain).decode() if isinstance(plain, dict | list) else plain
