"""What content a lead had to do with, and what whoever sold to it says of its persona: noted as they happen, moving nobody."""

from __future__ import annotations

from typing import NamedTuple

from domain import events as e
from domain.vocabulary import Instant, department_of


class Touch(NamedTuple):
    """A lead had to do with a piece of content: an activity that names it, in either direction. `number` counts the touches of
    the run from 1, in the order in which they take effect."""

    position: int
    episode: int
    number: int
    content: str
    at: Instant


class Fit(NamedTuple):
    """What a department reports of how a lead fits its persona, in its own words (`good`, `poor`)."""

    position: int
    episode: int
    at: Instant
    department: str | None
    outcome: str
    persona_fit: str


class Noted(NamedTuple):
    """The touches and reports of a lead, in the order in which they take effect."""

    touches: tuple[Touch, ...] = ()
    fits: tuple[Fit, ...] = ()

    def after(self, recorded: e.Recorded, at: Instant, episode: int) -> Noted:
        """What is noted once an event is known that takes effect at an instant, in a run of the lead."""
        event = recorded.event
        if isinstance(event, e.ActivityLogged) and event.content is not None:
            last = self.touches[-1] if self.touches else None
            number = last.number + 1 if last is not None and last.episode == episode else 1
            return self._replace(touches=(*self.touches, Touch(recorded.position, episode, number, event.content, at)))
        if isinstance(event, e.OutcomeReported) and event.persona_fit is not None:
            department = None if recorded.actor is None else department_of(recorded.actor)
            fit = Fit(recorded.position, episode, at, department, event.outcome, event.persona_fit)
            return self._replace(fits=(*self.fits, fit))
        return self
