"""Folding whole leads, for a rebuild or to compare with: every state a lead was known in, one commit after the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from domain import events as e
from domain.order import REACHING_BACK, counting_for
from domain.shared import Shared
from domain.timeline import EMPTY, FAR_REACHING, reached_by
from ledger.book import Book
from ledger.codec import decode, recorded
from ledger.entry import LEAD
from projections.catalogue import PROJECTIONS
from projections.changes import RowChanges, changed, views_of
from projections.states import States


class Range(NamedTuple):
    """Streams from `first` to `last`, both included, and how many entries they hold."""

    first: str
    last: str
    entries: int


class Folder:
    """Folds ranges of leads up to a position, for the projections of some names."""

    def __init__(self, book: Book, head: int, names: Collection[str]) -> None:
        self._book, self._head = book, head
        self.projections = tuple(projection for projection in PROJECTIONS if projection.name in names)
        self._states = States(self.projections)
        history, self._reaching = _shared_history(book, head)
        self._shared_from = [commit for commit, _ in history]
        self._shared = [shared for _, shared in history]
        self._survivors = frozenset(book.store.survivors())

    def folded(self, range_: Range) -> RowChanges:
        """The rows of the leads of a range, and what they add to the tallies."""
        rows = RowChanges(self.projections)
        pages = self._book.store.range(range_.first, range_.last, self._head)
        for stream, group in groupby(pages, key=itemgetter(0)):
            self._fold_lead(stream.removeprefix(LEAD), [recorded(decode(blob)) for _, blob in group], rows)
        return rows

    def _fold_lead(self, lead: str, own: list[e.Recorded], rows: RowChanges) -> None:
        joined = lead in self._survivors
        events = self._book.events_of(lead, self._head) if joined else own
        state, views = EMPTY, views_of(self.projections, EMPTY)
        known: list[e.Recorded] = []
        counting: frozenset[str | None] = frozenset({lead})
        for commit, together in _commits(events, self._reaching):
            known += together
            far = self._reaching.get(commit, ())
            if not together and not any(reached_by(state, event) for event in far):
                continue
            shared = self._shared_at(commit)
            anew = joined and any(isinstance(event.event, REACHING_BACK) for event in together)
            told = [event for event in together if event.lead in counting] if joined else together
            told = sorted([*told, *far], key=attrgetter("position")) if far else told
            after = None if anew else self._states.stepped(lead, state, told, shared)
            if after is None:
                after = self._states.anew(lead, known, shared, EMPTY if far else state)
            if anew:
                counting = counting_for(lead, known)
            views, changes = changed(self.projections, lead, views, state, after, commit)
            state = after
            if changes:
                rows.note(changes)
        rows.gain(self.projections, EMPTY, state)

    def _shared_at(self, commit: int) -> Shared:
        """What all leads shared once a commit was known."""
        return self._shared[bisect_right(self._shared_from, commit) - 1]


def _shared_history(book: Book, head: int) -> tuple[list[tuple[int, Shared]], dict[int, list[e.Recorded]]]:
    """What all leads share, from commit to commit, and what in those commits may reach back to leads."""
    shared, history, reaching = Shared(), [(0, Shared())], dict[int, list[e.Recorded]]()
    for commit, group in groupby(book.shared_events(head), key=attrgetter("commit")):
        events = list(group)
        for event in events:
            shared = shared.after(event)
        history.append((commit, shared))
        if far := [event for event in events if isinstance(event.event, FAR_REACHING)]:
            reaching[commit] = far
    return history, reaching


def _commits(events: Sequence[e.Recorded], reaching: Iterable[int]) -> Iterator[tuple[int, list[e.Recorded]]]:
    """A lead's events by commit, and among them the later commits of shared events that may reach back to it."""
    own = ((commit, list(group)) for commit, group in groupby(events, key=attrgetter("commit")))
    later = [commit for commit in reaching if commit > events[0].commit]
    if not later:
        yield from own
        return
    by_commit = dict(own)
    for commit in sorted(by_commit.keys() | set(later)):
        yield commit, by_commit.get(commit, [])
