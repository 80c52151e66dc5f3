"""Rules about whole months: what a department promised of one, and how much it handed over in a day of it.

They belong to no lead. A month is one of the agreement's zone, bound to the version in force when it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from domain import events as e
from domain import month_sentences as sentences
from domain import periods
from domain.agreement import Agreement, Handoff, Promise
from domain.findings import Finding, Window, all_of, cited
from domain.periods import Offered
from domain.rules.book import rule
from domain.vocabulary import NOBODY, SECOND, Instant, department_of, instant

ROLLING_DAY: Instant = 86_400 * SECOND
_TIMES_THE_PLAN = 2


class Month(NamedTuple):
    """A month read at an instant. `offers` are those made under its agreement, by giver and leg, from a rolling day before
    it on and in the order in which they were made; `announced` the surges announced."""

    agreement: Agreement
    day: date
    since: Instant
    until: Instant
    at: Instant
    offers: Mapping[tuple[str, str], Sequence[Offered]]
    announced: Sequence[e.Recorded] = ()

    @property
    def name(self) -> str:
        """`2026-11`."""
        return f"{self.day:%Y-%m}"

    def promised(self) -> Iterator[Promise]:
        """What was promised of whole months."""
        return (promise for promise in self.agreement.promises if promise.kind in periods.PERIOD_KINDS)

    def offers_of(self, giver: str, leg: str | None) -> Sequence[Offered]:
        """The month's own offers."""
        return [offer for offer in self.offers.get((giver, leg or ""), ()) if offer.offered_at >= self.since]


Rule = Callable[[Month], Iterable[Finding]]


@rule(
    "M4",
    "volume",
    "acceptance_rate",
    japanese="月の終わりに、引き継がれた良質なリードの件数、またはその受け入れ率（判断済み20件から）が約束に足りない場合。"
    "約束した部門の要因です。",
)
def shortfall(month: Month) -> Iterator[Finding]:
    """M4: a month closed with fewer good offers than promised, or with a smaller share of them accepted (judged from 20
    decided ones on): whoever promised it bears it."""
    for promise in month.promised():
        offers = month.offers_of(promise.promisor, promise.leg)
        if promise.kind == "volume":
            volume = periods.volume(promise, offers, month.agreement.calendar, month.since, month.until, month.at)
            if volume.state == "missed":
                told = sentences.too_few(promise, month.day, volume.actual)
                yield _shortfall(month, promise)._replace(sentence=told, remedy=sentences.enough(volume.needed))
        else:
            rate = periods.rate(promise, offers, month.until, month.at)
            if rate.state == "missed":
                told = sentences.too_small_a_share(promise, month.day, rate.accepted, rate.n)
                wanting = -(-promise.target * rate.n // 100) - rate.accepted
                yield _shortfall(month, promise)._replace(sentence=told, remedy=sentences.accepted_more(wanting))


def _shortfall(month: Month, promise: Promise) -> Finding:
    """It rests on what is not there: it cites no entry, but the month that was searched."""
    return Finding(
        code="M4",
        shares=all_of(promise.promisor),
        promise=promise.id,
        position=0,
        episode=0,
        since=month.until,
        agreement=month.agreement,
        about={"promise": promise.id, "month": month.name},
        evidence=(),
        sentence=sentences.NOTHING,
        window=Window(month.since, month.until),
        missing=sentences.SET_ASIDE,
    )


class _Day(NamedTuple):
    """The 24 hours up to an offer with which more than twice the plan had come in, and the announcement in force then."""

    offers: Sequence[Offered]
    announced_by: int | None

    @property
    def crossed_at(self) -> Instant:
        return self.offers[-1].offered_at


@rule(
    "S2",
    japanese="24時間以内に、1日の計画の2倍を超えるリードが受け手に引き継がれた場合。事前の予告がなければ引き継いだ部門の要因、"
    "予告があればどの部門の要因でもありません。同じ時間帯の遅れの判定と並べて示し、それらは変えません。",
)
def surge(month: Month) -> Iterator[Finding]:
    """S2: more than twice the planned leads of a day were offered to the receiver within 24 hours: the giver bears it,
    unless it was announced beforehand; then nobody does. It stands beside the time faults of those hours and rewrites none."""
    for leg, plan in month.agreement.plan_per_day.items():
        handoff = month.agreement.handoff_at(leg)
        if handoff is None:
            continue
        days = _crowded(month, handoff, plan)
        for announced, run in groupby(days, key=lambda day: None if day is None else day.announced_by is not None):
            if announced is not None:
                yield _surge(month, handoff, plan, [day for day in run if day is not None])


def _crowded(month: Month, handoff: Handoff, plan: int) -> Iterator[_Day | None]:
    """For each offer of the month the rolling day that it ends, where that is too full; None where it is not."""
    offers, first = month.offers.get((handoff.giver, handoff.leg), ()), 0
    for number, offer in enumerate(offers):
        while offers[first].offered_at <= offer.offered_at - ROLLING_DAY:
            first += 1
        if offer.offered_at >= month.since:
            full = number + 1 - first > _TIMES_THE_PLAN * plan
            yield _Day(offers[first : number + 1], _announced(month, handoff, offer.offered_at)) if full else None


def _announced(month: Month, handoff: Handoff, at: Instant) -> int | None:
    """The position of an announcement by the giver that was in the book by an instant and covers it."""
    for told in month.announced:
        event = told.event
        if not isinstance(event, e.SurgeAnnounced) or department_of(told.actor or handoff.giver) != handoff.giver:
            continue
        if event.scope not in ("all", handoff.giver, handoff.receiver):
            continue
        if told.recorded_at <= at and instant(event.from_) <= at < instant(event.until):
            return told.position
    return None


def _surge(month: Month, handoff: Handoff, plan: int, days: Sequence[_Day]) -> Finding:
    """A stretch of rolling days that are all too full; it is told by the fullest of them."""
    fullest = max(days, key=lambda day: len(day.offers))
    announced = fullest.announced_by
    told = sentences.surge(handoff, fullest.offers, plan, announced is not None, month.agreement)
    begin, crossed_at = days[0].offers[0], days[0].crossed_at
    return Finding(
        code="S2",
        shares=all_of(handoff.giver if announced is None else NOBODY),
        promise=handoff.leg,
        position=begin.position,
        episode=0,
        since=crossed_at,
        agreement=month.agreement,
        about={"leg": handoff.leg, "month": month.name},
        evidence=cited(*(offer.position for offer in fullest.offers), announced),
        sentence=told,
        window=Window(begin.offered_at, days[-1].crossed_at),
        remedy=None if announced is not None else sentences.announced(crossed_at, _TIMES_THE_PLAN * plan, month.agreement),
    )


MONTHLY_RULES: Mapping[int, tuple[Rule, ...]] = MappingProxyType({1: (shortfall, surge)})
"""By version, as those about leads (`domain.rules`)."""


def monthly_rules_of(version: int) -> tuple[Rule, ...]:
    """The rules of a version; of the first one where nobody wrote such a version."""
    return MONTHLY_RULES.get(version, MONTHLY_RULES[1])
