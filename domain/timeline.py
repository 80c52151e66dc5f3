"""A lead's events → where it is, who holds it and who owes the next move, at every instant past and future.

The fold is total (every event has a place) and a step (an event in order costs O(1)); only a late, corrected or
merged record refolds its lead. What follows if nobody acts is already in it: reading at T is the fold up to T.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import is_
from typing import NamedTuple

from domain import events as e
from domain.agreement import Agreement, Promise
from domain.charges import Charge
from domain.clocks import OWED_AFTERWARDS, Clock, Editions, is_beyond
from domain.episodes import Episode, excused, told
from domain.evolve import Marks, evolve
from domain.lead import Deal, Lead, Profile, in_silence, silent
from domain.merging import Join, joined, running
from domain.offers import Given
from domain.offers import told as given
from domain.order import REACHING_BACK, Act, Began, Key, begin, claims_of, effective_at, in_effective_order, is_late, standing
from domain.promises import watched, window_ended
from domain.shared import Shared
from domain.the_model import THE_MODEL
from domain.touches import Noted
from domain.vocabulary import Instant, instant
from domain.watch import Change, Watch


class Fact(NamedTuple):
    """What was known about the lead and its deal from an instant on."""

    since: Instant
    profile: Profile
    deal: Deal | None


class Story(NamedTuple):
    """What is told of a lead: its episodes, the clocks of its promises, and the offers made of it."""

    episodes: tuple[Episode, ...] = ()
    watch: Watch = Watch()
    offers: tuple[Given, ...] = ()


class Timeline(NamedTuple):
    """A lead over all time, as far as its events are known.

    `lead` and `story` are the lead and what is told of it at the last event; `final`, `episodes`, `clocks` and `offers`
    continue them in silence. `facts` is what was known about the lead and its deal, since when; `people` everybody who
    ever owned it. `tail` is the order key of the last event, `began` the instants that answers may not precede. `acts`
    are the lead's own events that stand, in their order, and `charges` the verdicts on it where it is judged
    (`domain.judging`). `claims` are the late claims about it that nobody has confirmed: they count for nothing. `joins`
    are the merges of other leads into it, and `noted` the content that it had to do with and what was said of its persona."""

    lead: Lead
    story: Story
    final: Lead
    episodes: tuple[Episode, ...]
    clocks: tuple[Editions, ...]
    offers: tuple[Given, ...]
    facts: tuple[Fact, ...]
    people: frozenset[str]
    marks: tuple[tuple[int, Marks], ...]
    agreement: Agreement
    tail: Key
    began: Began
    acts: tuple[Act, ...] = ()
    charges: tuple[Charge, ...] = ()
    claims: tuple[e.Recorded, ...] = ()
    joins: tuple[Join, ...] = ()
    noted: Noted = Noted()


_BEGINNING = (e.HandoffOffered, e.HandoffAccepted, e.DisputeOpened)
EMPTY = Timeline(Lead(), Story(), Lead(), (), (), (), (), frozenset(), (), THE_MODEL, (-(2**63), 0), {})


def timeline(events: Iterable[e.Recorded], shared: Shared, key: str | None = None, joins: Sequence[Join] | None = None) -> Timeline:
    """The timeline of a lead from all its known events, in any order, and those of the leads merged into it.

    `key` is the lead's own; needed only where merged leads' events are among them. `joins` are the merges into it, where
    they are known already."""
    told = list(events)
    state = claimed(told, key)
    for at, happened in _in_order(told, shared, key, joins):
        state = _after(state, happened, at, shared)
    return _concluded(state, shared)


_Happening = tuple[Instant, e.Recorded | Join]


def _in_order(told: Sequence[e.Recorded], shared: Shared, key: str | None, joins: Sequence[Join] | None = None) -> list[_Happening]:
    """The events that stand and the merges of other leads into this one, in the order in which they take effect."""
    acts: list[_Happening] = list(in_effective_order(standing(told, key), shared))
    known = joins_of(told, shared, key) if joins is None else joins
    return sorted([*acts, *((join.at, join) for join in known)], key=lambda pair: (pair[0], pair[1].position)) if known else acts


def joins_of(events: Iterable[e.Recorded], shared: Shared, key: str | None) -> tuple[Join, ...]:
    """The merges of other leads straight into one, among whose known events are those of the leads merged into it."""
    told = list(events)
    if key is None or all(recorded.lead == key or not isinstance(recorded.event, e.LeadMerged) for recorded in told):
        return ()
    others = [recorded for recorded in told if recorded.lead != key]
    merges = {recorded.lead: recorded for recorded in standing(others, None) if isinstance(recorded.event, e.LeadMerged)}
    straight = [merge for merge in merges.values() if isinstance(merge.event, e.LeadMerged) and merge.event.into == key]
    return tuple(join for merge in straight for join in _join(merge, others, shared))


def _join(merge: e.Recorded, events: Sequence[e.Recorded], shared: Shared) -> Iterator[Join]:
    """How a lead stood just before it was merged."""
    state = EMPTY
    for at, happened in _in_order(events, shared, merge.lead):
        if happened.position == merge.position:
            story = _in_silence(state, at)[1]
            yield Join(at, merge.position, running(window_ended(story.watch, at), at), state.people)
            return
        state = _after(state, happened, at, shared)


def _after(state: Timeline, happened: e.Recorded | Join, at: Instant, shared: Shared) -> Timeline:
    return _joined(state, happened) if isinstance(happened, Join) else _applied(state, happened, at, shared)


def claimed(events: Iterable[e.Recorded], key: str | None) -> Timeline:
    """The timeline before the first event that counts: nothing, but for what is claimed."""
    claims = claims_of(events, key)
    return EMPTY._replace(claims=claims) if claims else EMPTY


def unfolded(events: Iterable[e.Recorded], shared: Shared, key: str, known: Timeline = EMPTY) -> Iterator[Timeline]:
    """The timeline of a lead after each of its known events in turn, as if none of the later ones had happened: from the last
    event on up to which nothing is another than it was `known`."""
    told = list(events)
    state, happenings = claimed(told, key), _in_order(told, shared, key)
    unchanged = _unchanged(known, happenings)
    for at, happened in happenings:
        after = _after(state, happened, at, shared)
        if after is not state:
            state = after
            if len(after.acts) >= unchanged:
                state = _concluded(after, shared)
                yield state


def _unchanged(known: Timeline, happenings: Iterable[_Happening]) -> int:
    """How many of a lead's first events are the same as were known before."""
    acts = [(at, happened) for at, happened in happenings if isinstance(happened, e.Recorded) and happened.event.SHARED is None]
    if known.joins != tuple(happened for _, happened in happenings if isinstance(happened, Join)):
        return 0
    pairs = enumerate(zip(known.acts, acts, strict=False))
    return next((number for number, (was, act) in pairs if was != act), min(len(known.acts), len(acts)))


def step(state: Timeline, recorded: e.Recorded, shared: Shared) -> Timeline | None:
    """The timeline after one more event, the lead's own or a shared one, or None where it reaches back and the lead
    is to be folded anew."""
    event = recorded.event
    if recorded.is_claim:
        return state._replace(claims=(*state.claims, recorded))
    if isinstance(event, REACHING_BACK):
        return None
    if isinstance(event, e.OutageDeclared):
        return _concluded(state, shared)
    if isinstance(event, e.AgreementExtended):
        return None if reached_by(state, recorded) else state
    at = effective_at(recorded, is_late(recorded, shared.agreement(recorded.agreement)), state.began)
    if (at, recorded.position) < state.tail:
        return None
    if shared.departed_until > at and not isinstance(event, e.PersonDeactivated):
        return None
    after = _applied(state, recorded, at, shared)
    return after if _changed_nothing(state, after) else _concluded(after, shared)


def stepped(state: Timeline, events: Iterable[e.Recorded], shared: Shared) -> Timeline | None:
    """The timeline after further events, or None where one reaches back."""
    after: Timeline | None = state
    for recorded in events:
        if after is None:
            return None
        after = step(after, recorded, shared)
    return after


FAR_REACHING = (e.PersonDeactivated, e.OutageDeclared, e.AgreementExtended)
"""Shared events that may reach back to leads."""


def reached_by(state: Timeline, shared: e.Recorded) -> bool:
    """Whether a shared event may reach back to a lead: a person who owned it left, an outage lies in an episode or in the
    time of what is owed after one, or the calendar goes on behind which something falls due."""
    match shared.event:
        case e.PersonDeactivated(person=person):
            return person in state.people
        case e.OutageDeclared() as outage:
            since, until = instant(outage.from_), instant(outage.until)
            running = [(episode.from_, episode.until) for episode in state.episodes]
            running += [(clock.started_at, clock.ended_at) for clock in _owed_afterwards(state)]
            return any(until > begin and (end is None or since < end) for begin, end in running)
        case e.AgreementExtended() as extended:
            open_clocks = (editions[-1] for editions in state.story.watch.open)
            return any(clock.agreement.id == f"{extended.name}@{extended.version}" and is_beyond(clock) for clock in open_clocks)
        case _:
            return False


def _owed_afterwards(state: Timeline) -> Iterator[Clock]:
    for editions in state.clocks:
        clock = editions[-1]
        if isinstance(clock.term, Promise) and clock.term.kind in OWED_AFTERWARDS:
            yield clock


def tells_the_same(before: Timeline, after: Timeline) -> bool:
    """Whether nothing of the story changed from one timeline to the next: most activities move nobody."""
    return (
        after.episodes is before.episodes
        and after.facts is before.facts
        and after.people is before.people
        and after.clocks is before.clocks
        and after.offers is before.offers
        and after.charges is before.charges
        and after.claims is before.claims
        and after.noted is before.noted
        and after.lead.disputes is before.lead.disputes
        and after.agreement is before.agreement
        and after.final.merged_into == before.final.merged_into
    )


def before(state: Timeline, at: Instant) -> Lead:
    """The lead just before `at`, in silence since its last event."""
    return in_silence(state.lead, at, state.agreement)


def _told(story: Story, change: Change) -> Story:
    """The story with what changed at an instant, and with the windows that closed before it."""
    episodes, watch, offers = story
    watch = watched(window_ended(watch, change.at), change)
    if change.after is not change.before:
        episodes = told(episodes, change.before, change.after, change.at, change.position, change.agreement)
        offers = given(offers, watch, change)
    return Story(episodes, watch, offers)


def _in_silence(state: Timeline, at: Instant) -> tuple[Lead, Story]:
    """The lead and its story just before an instant, with what silence has done since the last event."""
    lead, story = state.lead, state.story
    while (change := silent(lead, state.agreement, at)) is not None:
        due, after, position = change
        story = _told(story, Change(lead, after, due, position, None, state.agreement))
        lead = after
    return lead, story


def _joined(state: Timeline, join: Join) -> Timeline:
    """The timeline after another lead was merged into this one: it stays as it is, but for clocks that began earlier on the
    other."""
    lead, story = _in_silence(state, join.at)
    watch = joined(window_ended(story.watch, join.at), join)
    return state._replace(
        lead=lead,
        story=story._replace(watch=watch),
        people=state.people | join.people,
        tail=(join.at, join.position),
        joins=(*state.joins, join),
    )


def _applied(state: Timeline, recorded: e.Recorded, at: Instant, shared: Shared) -> Timeline:
    event, (lead, story) = recorded.event, _in_silence(state, at)
    agreement = state.agreement if event.SHARED is not None else shared.agreement(recorded.agreement)
    after, marks = evolve(lead, recorded, at, agreement)
    if event.SHARED is not None and after is lead:
        return state
    story = _told(story, Change(lead, after, at, recorded.position, recorded, agreement))
    facts = state.facts
    if not facts or (after is not lead and (after.profile, after.deal) != facts[-1][1:]):
        facts = (*(facts[:-1] if facts and facts[-1].since == at else facts), Fact(at, after.profile, after.deal))
    people = state.people
    if after.owners is not lead.owners or after.offer is not lead.offer:
        owners = {*after.owners.values(), *((after.offer.owner,) if after.offer and after.offer.owner else ())}
        people = people if owners <= people else people | owners
    began = state.began
    if isinstance(event, _BEGINNING):
        began = dict(began)
        begin(began, event, at)
    return Timeline(
        lead=after,
        story=story,
        final=state.final,
        episodes=state.episodes,
        clocks=state.clocks,
        offers=state.offers,
        facts=facts,
        people=people,
        marks=(*state.marks, (recorded.position, marks)) if marks else state.marks,
        agreement=agreement,
        tail=(at, recorded.position),
        began=began,
        acts=state.acts if event.SHARED is not None else (*state.acts, (at, recorded)),
        charges=state.charges,
        claims=state.claims,
        joins=state.joins,
        noted=state.noted if event.SHARED is not None else state.noted.after(recorded, at, after.episode),
    )


def _changed_nothing(before: Timeline, after: Timeline) -> bool:
    """Whether an event left the lead and its clocks as they were, as most activities do: what follows in silence is then
    the same. What is tried while an offer waits counts when it is deemed accepted."""
    if after.lead is not before.lead or after.agreement is not before.agreement:
        return False
    now, then = after.story.watch, before.story.watch
    return now is then or (after.lead.offer is None and now.open is then.open and now.ended is then.ended)


def _excused(episodes: tuple[Episode, ...], shared: Shared) -> tuple[Episode, ...]:
    """The episodes with the outages since the first one's beginning laid over them."""
    if not episodes or all(outage.until <= episodes[0].from_ for outage in shared.outages):
        return episodes
    laid_over = tuple([excused(episode, shared.outages) for episode in episodes])
    return laid_over if laid_over != episodes else episodes


def _concluded(state: Timeline, shared: Shared) -> Timeline:
    """The timeline with what follows in silence, and with declared outages laid over it."""
    lead, story = state.lead, state.story
    while (change := silent(lead, state.agreement)) is not None:
        at, after, position = change
        story = _told(story, Change(lead, after, at, position, None, state.agreement))
        lead = after
    watch = window_ended(story.watch, None)
    episodes = _excused(story.episodes, shared) if shared.outages else story.episodes
    clocks = (*watch.ended, *watch.open)
    if len(clocks) == len(state.clocks) and all(map(is_, clocks, state.clocks)):
        clocks = state.clocks
    return state._replace(final=lead, episodes=episodes, clocks=clocks, offers=story.offers)
