"""What the rules look at: a lead's timeline with its clocks as they stand at an instant, and the events it is told by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, ParamSpec, TypeVar

from domain import events as e
from domain.agreement import Agreement, Promise, Relay
from domain.calendar import BeyondCalendarError
from domain.clocks import OWED_AFTERWARDS, Clock, Leg, allowed, elapsed, ever_breached, legs, used
from domain.episodes import Episode, Outage
from domain.findings import UNSAID, Against, Sentence
from domain.order import Act, Key
from domain.shared import Shared
from domain.timeline import Timeline
from domain.vocabulary import CUSTOMER, NOBODY, Instant, department_of, instant
from domain.watch import is_contact

P = ParamSpec("P")
E = TypeVar("E", bound=e.Event)
Logged = tuple[Instant, e.Recorded, E]
"""An act that stands, with its event by its type."""


class Rejection(NamedTuple):
    """An offer that was turned down. `decided_in_time` is False where the decision's clock was broken by then."""

    handoff: str
    at: Instant
    position: int
    event: e.HandoffRejected
    recorded: e.Recorded
    offered_at: Instant
    offer: e.Recorded
    offered: e.HandoffOffered
    giver: str
    receiver: str
    episode: int
    decided_in_time: bool


class Dispute(NamedTuple):
    """A dispute about a verdict or a rejection, and how it stands."""

    opened: e.Recorded
    state: str
    ruled: e.Recorded | None = None

    @property
    def ruling(self) -> e.DisputeRuled | None:
        event = None if self.ruled is None else self.ruled.event
        return event if isinstance(event, e.DisputeRuled) else None


class Breach(NamedTuple):
    """A broken promise: `overrun` are the seconds used beyond those allowed, in the promise's own unit and without
    what an outage took. `is_excused`: without that time nothing was broken."""

    clock: Clock
    until: Instant
    overrun: int
    is_excused: bool


class Struck(NamedTuple):
    """A pause that does not count: its time is that of the department that took it."""

    from_: Instant
    until: Instant | None
    by: str
    position: int


class Case:
    """A lead read at an instant, in silence after it. `clocks` are those in force then, without the pauses that do not
    count: `struck` are these, with who took them. What is found is put into words only where somebody will read it
    (`in_words`): most cases are judged for what they say alone.

    Every rule looks into a case, so what they look for is looked for once: `by_position` are the acts by their
    positions, `orphaned` the positions of those that changed nothing, `offers` the offers made by handoff, each one's
    first, `rejections` those that were turned down, in their order, and `disputes` the last dispute about each verdict
    (by id) or rejection (by position) that was not taken back."""

    def __init__(
        self,
        lead: str,
        story: Timeline,
        acts: Sequence[Act],
        shared: Shared,
        as_of: Instant,
        clocks: tuple[Clock, ...],
        struck: tuple[Struck, ...] = (),
        *,
        in_words: bool = True,
    ) -> None:
        self.lead, self.story, self.acts, self.shared, self.as_of = lead, story, acts, shared, as_of
        self.clocks, self.struck, self.in_words = clocks, struck, in_words
        self.by_position: Mapping[int, Act] = {act[1].position: act for act in acts}
        self.orphaned = frozenset([position for position, marks in story.marks if "orphaned" in marks])
        self._by_type: dict[type[e.Event], list[Logged[Any]]] = {}
        for at, act in acts:
            self._by_type.setdefault(type(act.event), []).append((at, act, act.event))
        self._is_polled = e.StageObserved in self._by_type or e.CustodyObserved in self._by_type
        self._of_kind: dict[str, list[Clock]] = {}
        for clock in clocks:
            if isinstance(clock.term, Promise):
                self._of_kind.setdefault(clock.term.kind, []).append(clock)
        self._responsible = {segment.responsible for episode in story.episodes for segment in episode.segments}
        self.offers = self._offers()
        self.rejections = self._rejections()
        self.disputes = self._disputes()

    # Events

    def logged(self, kind: type[E]) -> Sequence[Logged[E]]:
        """The acts of a type, in their order."""
        return self._by_type.get(kind, ())

    def agreement_of(self, recorded: e.Recorded) -> Agreement:
        """The agreement in force when it was recorded."""
        return self.shared.agreement(recorded.agreement)

    def span_of(self, episode: Episode) -> tuple[Key, Key | None]:
        """Where an episode's acts begin, and where those of the next one do, if any: the order in which they stand."""
        following = (_opening(one) for one in self.story.episodes if one.number > episode.number)
        return _opening(episode), next(following, None)

    def of_episode(self, episode: Episode) -> Iterator[Act]:
        """The acts from an episode's beginning until the next one begins."""
        first, following = self.span_of(episode)
        for at, act in self.acts:
            if first <= (at, act.position) and (following is None or (at, act.position) < following):
                yield at, act

    def episode_of(self, at: Instant, position: int) -> Episode | None:
        """The episode in which something happened."""
        found = [episode for episode in self.story.episodes if _opening(episode) <= (at, position)]
        return found[-1] if found else None

    def contacts(self, since: Instant, until: Instant) -> Iterator[Act]:
        """Contacts with the person between two instants, both included."""
        for at, act, event in self.logged(e.ActivityLogged):
            if since <= at <= until and is_contact(event):
                yield at, act

    def custodian_at(self, at: Instant, position: int) -> str:
        """Who held the lead just before something happened."""
        episode = self.episode_of(at, position)
        if episode is None:
            return ""
        held = [holding.holder for holding in episode.custodians if (holding.since, holding.opened_by) < (at, position)]
        return held[-1] if held else episode.custodians[0].holder

    def _offers(self) -> Mapping[str, Logged[e.HandoffOffered]]:
        found: dict[str, Logged[e.HandoffOffered]] = {}
        for offer in self.logged(e.HandoffOffered):
            if offer[1].position not in self.orphaned:
                found.setdefault(offer[2].handoff, offer)
        return found

    def _rejections(self) -> Sequence[Rejection]:
        """An offer that was turned down after the time to decide was over was not turned down in time."""
        found = []
        for at, act, event in self.logged(e.HandoffRejected):
            offer, episode = self.offers.get(event.handoff), self.episode_of(at, act.position)
            if offer is None or episode is None or act.position in self.orphaned:
                continue
            offered_at, offering, offered = offer
            broken = any(clock.handoff == event.handoff for clock in self.of_kind("decide") if ever_breached(clock, self.as_of))
            found.append(
                Rejection(
                    event.handoff,
                    at,
                    act.position,
                    event,
                    act,
                    offered_at,
                    offering,
                    offered,
                    self.custodian_at(offered_at, offering.position),
                    offered.to,
                    episode.number,
                    not broken,
                )
            )
        return found

    def _disputes(self) -> Mapping[str | int, Dispute]:
        """A ruling counts where it cites an event and its arbiter did not open the dispute."""
        told: dict[str, Dispute] = {}
        for _, act in self.acts if e.DisputeOpened in self._by_type else ():
            event = act.event
            if act.position in self.orphaned:
                continue
            match event:
                case e.DisputeOpened():
                    told[event.dispute] = Dispute(act, "opened")
                case e.DisputeAnswered() if event.dispute in told:
                    told[event.dispute] = told[event.dispute]._replace(state="answered")
                case e.DisputeWithdrawn() if event.dispute in told:
                    del told[event.dispute]
                case e.DisputeRuled() if event.dispute in told and event.evidence:
                    if act.actor and department_of(act.actor) != department_of(told[event.dispute].opened.actor or ""):
                        told[event.dispute] = told[event.dispute]._replace(state=event.ruling, ruled=act)
                case _:
                    pass
        return {
            about: dispute for dispute in told.values() if isinstance(dispute.opened.event, e.DisputeOpened)
            for about in dispute.opened.event.about
        }  # fmt: skip

    # Words

    def said(self, tell: Callable[P, Sentence], *told: P.args, **named: P.kwargs) -> Sentence:
        """What a sentence says."""
        return tell(*told, **named) if self.in_words else UNSAID

    def against(self, look: Callable[P, tuple[Against, ...]], *told: P.args, **named: P.kwargs) -> tuple[Against, ...]:
        """What is found against something, which is there to be read only."""
        return look(*told, **named) if self.in_words else ()

    # Clocks

    def of_kind(self, kind: str) -> Sequence[Clock]:
        """The clocks of promises of a kind."""
        return self._of_kind.get(kind, ())

    @property
    def relays(self) -> Iterator[Clock]:
        for clock in self.clocks:
            if isinstance(clock.term, Relay):
                yield clock

    def breaches(self, kind: str) -> Iterator[Breach]:
        """The broken promises of a kind; those that nobody can tell to be broken are left out."""
        for clock in self.of_kind(kind):
            found = self.breach_of(clock)
            if found is not None and not self.straddled(clock):
                yield found

    def breach_of(self, clock: Clock) -> Breach | None:
        """How far a promise was broken; None where it was not."""
        if not ever_breached(clock, self.as_of):
            return None
        until = self.as_of if clock.ended_at is None else clock.ended_at
        spent, granted, excused = used(clock, self.as_of), allowed(clock), self.excused(clock)
        if spent is None or granted is None:
            return Breach(clock, until, 0, False)
        return Breach(clock, until, max(0, spent - excused - granted), excused > 0 and spent - excused <= granted)

    def parts(self, clock: Clock) -> list[Leg]:
        """Who was responsible in which part of a clock."""
        found = legs(clock, self.story.episodes, self.as_of)
        return [part._replace(party=self._pauser(part)) if part.party == CUSTOMER else part for part in found] if self.struck else found

    def _pauser(self, part: Leg) -> str:
        """Whose time a part is in which the customer was said to be at work."""
        return next((one.by for one in self.struck if one.from_ < part.until and (one.until is None or part.from_ < one.until)), CUSTOMER)

    def excused(self, clock: Clock) -> int:
        """Seconds of a clock, in its promise's own unit, that an outage or the customer took and no pause took
        already."""
        taken = self._stretches(clock, CUSTOMER, NOBODY)
        return sum([_running(clock, since, until) for since, until in taken]) if taken else 0

    def stands_still(self, clock: Clock) -> bool:
        """Whether an open clock's time is just now an outage's or the customer's, so that its overrun does not grow."""
        return any(until >= self.as_of for _, until in self._stretches(clock, CUSTOMER, NOBODY))

    def outages_of(self, clock: Clock) -> list[int]:
        """The positions of the outages that took time of a clock: the longest first, and of those that lie over each
        other only what adds to them."""
        taken: list[tuple[Instant, Instant]] = []
        cited: list[int] = []
        stretches = self._stretches(clock, NOBODY)
        for outage in sorted(self.shared.outages, key=lambda one: (one.from_ - one.until, one.position)):
            parts = [(max(since, outage.from_), min(until, outage.until)) for since, until in stretches]
            added = [part for since, until in parts if since < until for part in _without(since, until, taken)]
            if outage.position and sum(_running(clock, since, until) for since, until in added):
                cited.append(outage.position)
                taken += added
        return cited

    def _stretches(self, clock: Clock, *parties: str) -> list[tuple[Instant, Instant]]:
        """When the next move was not the promisor's but one of these parties'."""
        if isinstance(clock.term, Promise) and clock.term.kind in OWED_AFTERWARDS:
            return self._outages(clock)
        may_be_theirs = clock.promisor in parties or not self._responsible.isdisjoint(parties)
        found = [(part.from_, part.until) for part in self.parts(clock) if part.party in parties] if may_be_theirs else []
        if clock.merged_at is None or NOBODY not in parties:
            return found
        before = [(since, min(until, clock.merged_at)) for since, until in self._outages(clock) if since < clock.merged_at]
        return [*before, *found]

    def _outages(self, clock: Clock) -> list[tuple[Instant, Instant]]:
        """The outages of a promisor while its clock ran, where no segment shows them: after an episode's end, and before a
        merge gave it the clock of another lead."""
        laid: list[tuple[Instant, Instant]] = []
        end = self.as_of if clock.ended_at is None else clock.ended_at
        for outage in sorted(self.shared.outages):
            since, until = max(outage.from_, clock.started_at, laid[-1][1] if laid else outage.from_), min(outage.until, end)
            if _concerns(outage, clock.promisor) and since < until:
                laid.append((since, until))
        return laid

    def straddled(self, clock: Clock) -> bool:
        """Whether a clock was ended by a polled change of which nobody can say on which side of due it happened."""
        if clock.late_at is None or clock.stopped_by is None or not self._is_polled or clock.stopped_by not in self.by_position:
            return False
        event = self.by_position[clock.stopped_by][1].event
        if not isinstance(event, e.StageObserved | e.CustodyObserved) or event.not_before is None or event.not_after is None:
            return False
        return instant(event.not_before) <= clock.late_at < instant(event.not_after)


def _running(clock: Clock, since: Instant, until: Instant) -> int:
    """Seconds of a stretch in which a clock ran, in its promise's own unit."""
    total = elapsed(clock, since, until) or 0
    for rest in clock.rests:
        start, end = max(since, rest.from_), until if rest.until is None else min(until, rest.until)
        total -= (elapsed(clock, start, end) or 0) if start < end else 0
    return total


def _without(since: Instant, until: Instant, taken: Iterable[tuple[Instant, Instant]]) -> list[tuple[Instant, Instant]]:
    """What is left of a stretch without those taken already."""
    left = [(since, until)]
    for start, end in taken:
        left = [part for low, high in left for part in ((low, min(high, start)), (max(low, end), high)) if part[0] < part[1]]
    return left


def _opening(episode: Episode) -> Key:
    return episode.from_, episode.visits[0].opened_by


def _concerns(outage: Outage, department: str) -> bool:
    return outage.scope in ("all", department)


def working_days_before(agreement: Agreement, at: Instant, days: int) -> Instant:
    """The beginning of the n-th working day before that of an instant; the instant itself beyond the calendar."""
    calendar = agreement.calendar
    try:
        day = calendar.working_day(at) - days
    except BeyondCalendarError:
        return at
    return calendar.midnights[2 * day] if 0 <= 2 * day < len(calendar.midnights) else at
