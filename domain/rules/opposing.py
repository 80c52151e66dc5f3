"""What the record holds against a finding and did not suffice: whoever is charged is to read why it does not count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from domain import events as e
from domain import objections
from domain.agreement import Agreement, Bar, Promise
from domain.clocks import Clock
from domain.findings import Against, Sentence, cited
from domain.order import Act, Key, by_hand, is_late
from domain.rules.case import Case, Logged, Rejection
from domain.vocabulary import Instant, department_of
from domain.watch import is_contact

_PAUSED = ("first_attempt", "depth", "progress")
"""What a pause lets rest."""

Activity = Logged[e.ActivityLogged]
Told = Callable[[e.ActivityLogged, Instant, str, int], Sentence]


def to_breach(case: Case, clock: Clock, until: Instant, searched_from: Instant | None = None) -> tuple[Against, ...]:
    """Against a broken promise: a late note that it was kept, work in time that is none of what was promised, a pause that
    does not count. What belongs to a depth of follow-up is looked for up to `until`, to progress from `searched_from` on."""
    if not isinstance(clock.term, Promise) or clock.late_at is None:
        return ()
    found = list(_claims(case, clock, clock.term.kind, clock.late_at))
    match clock.term.kind:
        case "first_attempt":
            found += _attempts(case, clock, clock.term, min(until, clock.late_at))
        case "depth":
            found += _attempts(case, clock, clock.term, until)
        case "decide":
            own = [one for one in _logged(case, clock.started_at, min(until, clock.late_at)) if _worked(one, clock.promisor)]
            found += _first(own, lambda event, at, _, number: objections.worked_on(clock, event.kind, at, number))
        case "progress" if searched_from is not None:
            found += _by_others(clock, _logged(case, searched_from, until))
        case _:
            pass
    if clock.term.kind in _PAUSED:
        found += (*_struck(case, clock), *_late_pauses(case, clock, clock.late_at))
    return tuple(found)


def _claims(case: Case, clock: Clock, kind: str, late_at: Instant) -> Iterator[Against]:
    """A note of the promisor's, written down late by hand, that says that it was done in time."""
    for at, act in _stops(case, clock, kind):
        is_claim = _author(act) == clock.promisor and act.occurred_at <= late_at < at
        if is_claim and by_hand(act) and is_late(act, clock.agreement):
            yield Against(cited(act.position), objections.claimed(clock, act.occurred_at, act.recorded_at))


def _stops(case: Case, clock: Clock, kind: str) -> Iterable[Act]:
    """What stopped a promise's clock, or came after silence had ended it."""
    if kind != "decide":
        return () if clock.claimed_at is None or clock.stopped_by is None else (case.by_position[clock.stopped_by],)
    return (
        (at, act)
        for at, act in case.acts
        if isinstance(act.event, e.HandoffAccepted | e.HandoffRejected) and act.event.handoff == clock.handoff
    )


def _attempts(case: Case, clock: Clock, promise: Promise, until: Instant) -> Iterator[Against]:
    """Attempts since the offer that are not the promisor's, or not a person's."""
    offer = None if clock.handoff is None else case.offers.get(clock.handoff)
    tries = [
        one
        for one in _logged(case, clock.started_at if offer is None else offer[0], until)
        if one[2].direction == "outbound" and one[1].position != clock.stopped_by
    ]
    yield from _by_others(clock, (one for one in tries if promise.count_automated or not one[2].automated))
    machines = [one for one in tries if one[2].automated and not promise.count_automated]
    yield from _first(machines, lambda event, at, _, number: objections.automated(clock, event.kind, at, number))


def _by_others(clock: Clock, logged: Iterable[Activity]) -> Iterator[Against]:
    """What somebody else than the promisor did with the lead."""
    others = [one for one in logged if _author(one[1]) != clock.promisor and (one[2].direction == "outbound" or is_contact(one[2]))]
    yield from _first(others, lambda event, at, author, number: objections.not_their_own(clock, event.kind, at, author, number))


def _worked(one: Activity, department: str) -> bool:
    _, act, event = one
    return _author(act) == department and not event.automated and (event.direction == "outbound" or is_contact(event))


def _struck(case: Case, clock: Clock) -> Iterator[Against]:
    """The promisor's pauses in that time that do not count, each once."""
    told: set[int] = set()
    for one in case.struck:
        ended = clock.ended_at if clock.ended_at is not None else case.as_of
        if one.by == clock.promisor and one.position not in told and clock.started_at <= one.from_ < ended:
            told.add(one.position)
            yield Against(cited(one.position), objections.paused(clock, one.from_, one.until))


def _late_pauses(case: Case, clock: Clock, late_at: Instant) -> Iterator[Against]:
    """The promisor's pauses that say they began in time, and were written down by hand after due."""
    for at, act in case.acts:
        if not isinstance(act.event, e.ClockPaused) or _author(act) != clock.promisor or not by_hand(act):
            continue
        if clock.started_at <= act.occurred_at <= late_at < at and is_late(act, clock.agreement):
            yield Against(cited(act.position), objections.paused_late(clock, act.occurred_at, at))


def to_bad_reject(case: Case, rejection: Rejection, agreement: Agreement) -> tuple[Against, ...]:
    """Against a bad rejection: proof that the receiver made itself afterwards, or an earlier score under the bar."""
    if rejection.event.kind == "definitional" and agreement.bar is not None:
        return to_scored(case, (rejection.offered_at, rejection.offer.position), agreement.bar, agreement, is_over=False)
    for at, act in case.acts:
        event = act.event
        is_proof = isinstance(event, e.LeadMerged) or (isinstance(event, e.ActivityLogged) and event.outcome in ("bounced", "invalid"))
        if is_proof and at >= rejection.offered_at:
            return (Against(cited(act.position), objections.own_proof(rejection.receiver, at, rejection.at, agreement)),)
    return ()


def to_scored(case: Case, offer: Key, bar: Bar, agreement: Agreement, *, is_over: bool) -> tuple[Against, ...]:
    """Against what the latest score says: an earlier one of the episode, over the bar or under it."""
    episode = case.episode_of(*offer)
    for at, act in case.of_episode(episode) if episode else ():
        if (at, act.position) > offer:
            break
        if isinstance(act.event, e.LeadScored) and (act.event.score >= bar.min_score) is is_over:
            return (Against(cited(act.position), objections.other_score(act.event.score, at, bar.min_score, agreement)),)
    return ()


def to_bad_data(case: Case, rejection: Rejection, empty_field: str | None, agreement: Agreement) -> tuple[Against, ...]:
    """Against bad data: a contact with the person since the offer; of an empty field, that the profile has it."""
    if empty_field is None:
        contact = next(case.contacts(rejection.offered_at, rejection.at), None)
        return () if contact is None else (Against(cited(contact[1].position), objections.spoken_with(contact[0], agreement)),)
    for at, act in case.acts:
        if at <= rejection.at and isinstance(act.event, e.LeadProfiled) and getattr(act.event, empty_field, None) is not None:
            return (Against(cited(act.position), objections.in_profile(empty_field, at, agreement)),)
    return ()


def to_unheard(case: Case, pause: int, since: Instant, until: Instant, agreement: Agreement) -> tuple[Against, ...]:
    """Against a pause without a word of the customer: what came in all the same, and what the pause itself cites."""
    came_in = (one for one in _logged(case, since, until) if one[2].direction == "inbound")
    event = case.by_position[pause][1].event
    named = (event.evidence or ()) if isinstance(event, e.ClockPaused) else ()
    before = [case.by_position[position] for position in named if position in case.by_position and case.by_position[position][0] < since]
    return (
        *_first(came_in, lambda logged, at, _author, _number: objections.no_word(logged.kind, at, agreement)),
        *(Against(cited(act.position), objections.outside_window(at, since, agreement)) for at, act in before),
    )


def to_last_moment(word: Act | None, agreement: Agreement) -> tuple[Against, ...]:
    """Against a second pause at the last moment: the customer's word."""
    return () if word is None else (Against(cited(word[1].position), objections.heard(word[0], agreement)),)


def _logged(case: Case, since: Instant, until: Instant) -> Iterator[Activity]:
    return (one for one in case.logged(e.ActivityLogged) if since <= one[0] <= until)


def _first(logged: Iterable[Activity], told: Told) -> Iterator[Against]:
    """Activities of one kind of objection, told by the first of them."""
    found = list(logged)
    if found:
        at, act, event = found[0]
        yield Against(cited(*(one.position for _, one, _ in found)), told(event, at, _author(act), len(found)))


def _author(act: e.Recorded) -> str:
    return department_of(act.actor or "")
