"""Pauses that do not count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain import events as e
from domain import sentences
from domain.agreement import Promise
from domain.clocks import Clock, allowed, used, without_rests
from domain.findings import Against, Finding, Sentence, Window, all_of, cited
from domain.order import Act
from domain.rules import opposing
from domain.rules.book import rule
from domain.rules.case import Case, working_days_before
from domain.rules.timed import about
from domain.vocabulary import Instant, department_of
from domain.watch import is_contact

_NO_WORD = ("page_view", "download")


class Pause(NamedTuple):
    """A rest taken for the customer, and the promises' clocks that rested; `until` None: they still do."""

    position: int
    at: Instant
    until: Instant | None
    clocks: Sequence[Clock]
    by: str


@rule(
    "R6",
    "first_attempt",
    "depth",
    "progress",
    japanese="お客様を理由に保留し、1営業日前から再開までの間にお客様からの連絡記録がない場合、または残り2割での保留が同じエピソードで2回目の場合。"
    "保留した部門の要因で、その保留は数えません。",
)
def pause_abuse(case: Case) -> Iterator[Finding]:
    """R6: clocks were paused for the customer, and no word of the customer is on record from one working day before
    until they ran again; or a pause was begun in the last fifth of the time allowed, for the second time in an episode.
    Whoever paused bears it, and the pause does not count."""
    at_last_moment: dict[int, list[Pause]] = {}
    for pause in _pauses(case):
        clock = pause.clocks[0]
        since = working_days_before(clock.agreement, pause.at, 1)
        earlier = at_last_moment.setdefault(clock.episode, [])
        if any(_in_last_fifth(one, pause) for one in pause.clocks):
            earlier.append(pause)
        word = None if pause.until is None else _word_of_the_customer(case, since, pause.until)
        if pause.until is not None and word is None:
            sentence = case.said(sentences.unheard, pause.by, pause.at, since, pause.until, clock.agreement)
            against = case.against(opposing.to_unheard, case, pause.position, since, pause.until, clock.agreement)
            yield _finding(pause, pause.until, (pause.position,), Window(since, pause.until), sentence, against)
        elif len(earlier) > 1 and earlier[-1] is pause:
            first = earlier[0]
            sentence = case.said(sentences.last_moment, pause.by, (first.at, pause.at), clock.agreement)
            against = case.against(opposing.to_last_moment, word, clock.agreement)
            yield _finding(pause, pause.at, (first.position, pause.position), None, sentence, against)


def _finding(
    pause: Pause, since: Instant, evidence: tuple[int, ...], window: Window | None, sentence: Sentence, against: tuple[Against, ...]
) -> Finding:
    clock = pause.clocks[0]
    return Finding(
        code="R6",
        shares=all_of(pause.by),
        promise=clock.term.id,
        position=pause.position,
        episode=clock.episode,
        since=since,
        agreement=clock.agreement,
        about={**about(clock), "pause": pause.position},
        evidence=cited(*evidence),
        sentence=sentence,
        window=window,
        handoff=clock.handoff,
        against=against,
    )


def _pauses(case: Case) -> list[Pause]:
    """The pauses for the customer that gave a promise's clock a rest, in their order."""
    found: dict[int, list[Clock]] = {}
    for clock in case.clocks:
        for rest in clock.rests:
            if rest.reason == "customer" and isinstance(clock.term, Promise) and rest.opened_by in case.by_position:
                found.setdefault(rest.opened_by, []).append(clock)
    pauses = []
    for position, clocks in found.items():
        rests = [rest for clock in clocks for rest in clock.rests if rest.opened_by == position]
        ends = [rest.until for rest in rests]
        until = None if None in ends else max(end for end in ends if end is not None)
        actor = case.by_position[position][1].actor or ""
        pauses.append(Pause(position, min(rest.from_ for rest in rests), until, clocks, department_of(actor)))
    return sorted(pauses, key=lambda pause: (pause.at, pause.position))


def _word_of_the_customer(case: Case, since: Instant, until: Instant) -> Act | None:
    """The first thing that came from the customer: a contact, a raised hand, or something inbound but a mere view."""
    for at, act in case.acts:
        event = act.event
        if since <= at <= until and (isinstance(event, e.LeadHandRaised) or (isinstance(event, e.ActivityLogged) and _is_word(event))):
            return at, act
    return None


def _is_word(event: e.ActivityLogged) -> bool:
    if event.automated:
        return False
    return is_contact(event) or (event.direction == "inbound" and event.kind not in _NO_WORD)


def _in_last_fifth(clock: Clock, pause: Pause) -> bool:
    """Whether at least four fifths of a clock's time were used when it was paused."""
    bare = without_rests(clock, {rest.opened_by for rest in clock.rests})
    granted = allowed(bare)
    before = clock._replace(state="running", stopped_at=None, rests=tuple(rest for rest in clock.rests if rest.from_ < pause.at))
    spent = used(before, pause.at)
    return granted is not None and spent is not None and spent * 5 >= granted * 4
