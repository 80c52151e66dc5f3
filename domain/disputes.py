"""Disputes: how a department contests a verdict, and whether an act upon a dispute may be recorded, one rule an act.

Opened in time, answered by the other side or passed on unanswered, ruled by an arbiter of none of the parties. Disputes
about verdicts on a lead stand among its own events, those about whole months in a stream that all leads share; the
protocol is one. Nothing here reads a clock: that a dispute passes on is in it from the moment it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from domain import events as e
from domain.agreement import Agreement, Span
from domain.calendar import BeyondCalendarError, Calendar
from domain.vocabulary import Instant, Refused, department_of, moment

State = Literal["opened", "answered", "unanswered", "upheld", "overturned", "split", "withdrawn"]
"""`unanswered`: nobody answered in time, and it has passed on to the arbiter."""

About = str | int
"""A verdict by its id, or a rejection by its position."""


class Said(NamedTuple):
    """Which department did something about a dispute, when it took effect, and the event that says so."""

    by: str
    at: Instant
    event: e.Recorded


class Dispute(NamedTuple):
    """A dispute over all time, as far as known. `answer_by` is until when the other side may answer, `unanswered_rule_by`
    until when the arbiter is to rule if nobody does, `answered_rule_by` since somebody did; None where the agreement names
    no time or its calendar does not reach so far."""

    about: tuple[About, ...]
    opened: Said
    answer_by: Instant | None = None
    unanswered_rule_by: Instant | None = None
    answered_rule_by: Instant | None = None
    answered: Said | None = None
    ended: Said | None = None
    """Its ruling, or its withdrawal."""

    @property
    def by(self) -> str:
        """The department that opened it."""
        return self.opened.by

    @property
    def state(self) -> State:
        """How it stands after everything known of it."""
        if self.ended is not None:
            ended = self.ended.event.event
            return ended.ruling if isinstance(ended, e.DisputeRuled) else "withdrawn"
        return "opened" if self.answered is None else "answered"

    @property
    def rule_by(self) -> Instant | None:
        """Until when the arbiter is to rule."""
        return self.unanswered_rule_by if self.answered is None else self.answered_rule_by

    @property
    def is_pending(self) -> bool:
        return self.ended is None

    def at(self, instant: Instant) -> Dispute | None:
        """The dispute as it stood at an instant; None before it was opened."""
        if self.opened.at > instant:
            return None
        answered = self.answered if self.answered is not None and self.answered.at <= instant else None
        ended = self.ended if self.ended is not None and self.ended.at <= instant else None
        return self._replace(answered=answered, ended=ended)

    def state_at(self, instant: Instant) -> State:
        """How it stands at an instant, in silence since the last event known by then."""
        if self.state == "opened" and self.answer_by is not None and self.answer_by < instant:
            return "unanswered"
        return self.state


Disputes = Mapping[str, Dispute]
"""By the name that whoever opened it gave."""


def told(known: Disputes, act: e.Recorded, at: Instant, agreement: Agreement) -> Disputes | None:
    """The disputes after an event that takes effect at an instant; None where it has no place among them: its dispute
    was never opened, or is over."""
    event = act.event
    assert isinstance(event, e.DISPUTING)
    said = Said(department_of(act.actor or ""), at, act)
    dispute = known.get(event.dispute)
    if isinstance(event, e.DisputeOpened):
        if dispute is not None:
            return None
        answer_by = _later(agreement, at)
        return {**known, event.dispute: Dispute(event.about, said, answer_by, _later(agreement, answer_by))}
    if dispute is None or not dispute.is_pending:
        return None
    if isinstance(event, e.DisputeAnswered):
        return {**known, event.dispute: dispute._replace(answered=said, answered_rule_by=_later(agreement, at))}
    return {**known, event.dispute: dispute._replace(ended=said)}


def _later(agreement: Agreement, at: Instant | None) -> Instant | None:
    """The end of the time to dispute, answer or rule that begins at an instant; None where there is none."""
    return None if at is None else within(agreement.dispute_within, agreement.calendar, at)


def within(span: Span | None, calendar: Calendar, at: Instant) -> Instant | None:
    """The end of a stretch that begins at an instant; None without one, and beyond the calendar."""
    if span is None:
        return None
    try:
        return span.due(calendar, at)
    except BeyondCalendarError:
        return None


# Whether an act upon a dispute may be recorded


class Matter(NamedTuple):
    """What may be disputed, as it is known when an act is decided. `parties` bear a share of it or stand on either side of
    what was promised; `until` is the end of the time to dispute it; `disputed` and `ruled` are positions."""

    parties: frozenset[str]
    until: Instant | None = None
    disputed: int | None = None
    ruled: int | None = None


class Docket(NamedTuple):
    """What an act upon a dispute is judged by: when it takes effect, and what the lead has that may be disputed. None where
    nobody can tell from a lead, as with whole months."""

    at: Instant
    matters: Mapping[About, Matter] | None = None


def refusal(known: Disputes, act: e.Recorded, docket: Docket) -> Refused | None:
    """None where the act may be recorded, else why not. What it cites is the caller's to look up."""
    if not act.actor:
        return _invalid("An act says who acted: actor is to be department:name.", "/actor")
    match act.event:
        case e.DisputeOpened() as event:
            return _opened(known, event, docket)
        case e.DisputeAnswered() as event:
            return _pending(known, event.dispute) or _answered(known[event.dispute], department_of(act.actor), docket)
        case e.DisputeRuled() as event:
            return _pending(known, event.dispute) or _ruled(known[event.dispute], department_of(act.actor), event, docket)
        case e.DisputeWithdrawn() as event:
            return _pending(known, event.dispute) or _withdrawn(known[event.dispute], department_of(act.actor))
        case _:
            return None


def _protocol(sentence: str, pointer: str) -> Refused:
    return Refused("protocol", sentence, pointer)


def _invalid(sentence: str, pointer: str) -> Refused:
    return Refused("invalid", sentence, pointer)


def _opened(known: Disputes, event: e.DisputeOpened, docket: Docket) -> Refused | None:
    """A department contests, in time and once, what stands."""
    if event.dispute in known:
        return _protocol(f"There was a dispute {event.dispute} here before; an id is used once.", "/data/dispute")
    if not event.about or len(set(event.about)) < len(event.about):
        return _invalid("A dispute says what it is about: at least one verdict or rejection, and none twice.", "/data/about")
    for index, about in enumerate(event.about):
        pointer = f"/data/about/{index}"
        if docket.matters is None:
            if not isinstance(about, str):
                return _invalid("A dispute about whole months names verdicts by their ids; /v1/verdicts/months lists them.", pointer)
        elif refused := _contested(docket.matters.get(about), about, docket.at, pointer):
            return refused
    return None


def _contested(matter: Matter | None, about: About, at: Instant, pointer: str) -> Refused | None:
    if matter is None and isinstance(about, str):
        return _invalid("No verdict of this id stands on the lead at that moment; its timeline lists those that do.", pointer)
    if matter is None:
        return _invalid(f"Position {about} is no rejection of this lead; a verdict is called by its id.", pointer)
    if matter.ruled is not None:
        return _protocol(f"It was ruled on already, at position {matter.ruled}; each verdict is ruled on once.", pointer)
    if matter.disputed is not None:
        return _protocol(f"It is disputed already, since position {matter.disputed}; one dispute at a time.", pointer)
    if matter.until is not None and at > matter.until:
        ended = f"{moment(matter.until):%Y-%m-%dT%H:%M:%SZ}"
        return _protocol(f"The time to dispute it ended at {ended}: the agreement gives as much from when it became known.", pointer)
    return None


def _pending(known: Disputes, dispute: str) -> Refused | None:
    found = known.get(dispute)
    if found is not None and found.is_pending:
        return None
    was = f"was {found.state} already" if found else "was never opened here"
    return _protocol(f"The dispute {dispute} {was}.", "/data/dispute")


def _parties(dispute: Dispute, docket: Docket) -> frozenset[str]:
    """Who is party to what a dispute is about, as far as known."""
    return frozenset(party for about in dispute.about for party in (docket.matters or {}).get(about, Matter(frozenset())).parties)


def _answered(dispute: Dispute, department: str, docket: Docket) -> Refused | None:
    """The other side answers, before the dispute passes on."""
    if department == dispute.by:
        return _protocol(f"{department} opened the dispute; the other side answers it.", "/actor")
    others = _parties(dispute, docket) - {dispute.by}
    if others and department not in others:
        return _protocol(f"The other side answers: {' or '.join(sorted(others))}, not {department}.", "/actor")
    if dispute.answer_by is not None and docket.at > dispute.answer_by:
        ended = f"{moment(dispute.answer_by):%Y-%m-%dT%H:%M:%SZ}"
        return _protocol(f"The time to answer ended at {ended}; the dispute has passed on to the arbiter.", "/data/dispute")
    return None


def _ruled(dispute: Dispute, department: str, event: e.DisputeRuled, docket: Docket) -> Refused | None:
    """Not its own judge: an arbiter of none of the parties rules, citing at least one event, and a split says who bears
    how much."""
    if department == dispute.by:
        return _protocol(f"{department} opened the dispute; an arbiter of none of the parties rules on it.", "/actor")
    answered = {dispute.answered.by} if dispute.answered else set()
    if department in _parties(dispute, docket) | answered:
        return _protocol(f"{department} is a party of what is disputed; an arbiter of none of the parties rules on it.", "/actor")
    if not event.evidence:
        return _invalid("A ruling cites at least one event.", "/data/evidence")
    shares = (event.shares or {}).values()
    if event.ruling == "split" and (sum(shares) != 100 or min(shares) < 0):
        return _invalid("The shares of a split are percentages that add up to 100.", "/data/shares")
    return None


def _withdrawn(dispute: Dispute, department: str) -> Refused | None:
    """Only the department that opened it takes it back."""
    return None if department == dispute.by else _protocol(f"Only {dispute.by} opened the dispute and withdraws it.", "/actor")
