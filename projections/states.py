"""A lead's state as projections need it: judged where the rows of one of them depend on the verdicts."""

from __future__ import annotations

from collections.abc import Iterable

from domain import events as e
from domain.judging import judged, judged_step
from domain.shared import Shared
from domain.timeline import EMPTY, Timeline, stepped, timeline
from projections.projection import Projection


class States:
    """Folds leads for some projections."""

    def __init__(self, projections: Iterable[Projection]) -> None:
        self._judged = any(projection.judged for projection in projections)

    def anew(self, lead: str, events: Iterable[e.Recorded], shared: Shared, known: Timeline = EMPTY) -> Timeline:
        """A lead's state from all its known events, and those of the leads merged into it. `known` is its state of before,
        where nothing that all leads share has reached it since."""
        return judged(lead, events, shared, known) if self._judged else timeline(events, shared, lead)

    def stepped(self, lead: str, state: Timeline, events: Iterable[e.Recorded], shared: Shared) -> Timeline | None:
        """The state after further events, or None where one reaches back and the lead is to be folded anew."""
        return judged_step(lead, state, events, shared) if self._judged else stepped(state, events, shared)
