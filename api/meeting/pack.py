"""What the weekly meeting looks at, read at one moment; nothing of it is counted in another way than the pages count it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from api.answering import reading
from api.compliance import Figures, figures_of
from api.decisions import Decision, decisions_page
from api.knowledge import Known
from api.kpis import KpisAnswer, KpisQuery, kpis_asked
from api.months import Period, PeriodsQuery, periods_asked
from api.parameters import Asked
from api.personal import Disclosure
from api.service import Service
from api.shown_disputes import AllDisputes, Dispute, state_of
from api.web.overview_reading import Span, Told, most_over, standing_of, told_of
from domain.vocabulary import moment

DECISIONS = 5
_TO_RULE = ("opened", "answered", "unanswered")


class Pack(NamedTuple):
    """Everything of one moment. `months` are promises of a whole month, `disputes` those that wait for an answer or a ruling."""

    known: Known
    told: Told
    months: Sequence[Period]
    decisions: Sequence[Decision]
    kpis: KpisAnswer
    disputes: Sequence[Dispute]


def pack_of(service: Service, asked: Asked, within: Span, disclosure: Disclosure) -> Pack:
    """Reads it. Raises ProblemError."""
    with reading(service, asked) as reader:
        known, told = reader.known, told_of(service, reader, within)
        every = AllDisputes(service, reader)
        disputes = [every.shown(one) for one in every.disputes() if state_of(one, known.as_of) in _TO_RULE]
    held = {"as_of": moment(known.as_of).isoformat(), "known_at": str(known.position)}
    calendar = told.agreement.calendar
    is_covered = calendar.first <= known.as_of < calendar.last  # Beyond it nobody knows how many working days a month has.
    months = periods_asked(service, PeriodsQuery.model_validate(held)).periods if is_covered else ()
    decided = decisions_page(service, Asked.model_validate(held), disclosure, limit=DECISIONS)
    kpis = kpis_asked(service, KpisQuery.model_validate({**held, "period": told.window.name}))
    return Pack(known, told, months, decided.decisions, kpis, disputes)


class Sureness(msgspec.Struct, frozen=True):
    """How the record of the period came about: entries by their source's kind, late ones of integrations; and verdicts whose ground
    is open."""

    entries: Mapping[str, int]
    late_of_integrations: int
    undetermined: int
    disputed: int
    provisional: int


class PromiseLine(msgspec.Struct, frozen=True):
    """What one side promised another, and how it was kept in the period; `overdue` are those overdue at `as_of`."""

    promise: str
    kind: str
    promisor: str
    promisee: str
    figures: Figures


class ShownMove(msgspec.Struct, frozen=True):
    """A lead to move today: the promise on it that is due first, and what is at stake in minor units."""

    lead: str
    promise: str
    promisor: str
    owner: str | None
    due_at: datetime
    amount: int | None
    currency: str | None


class ShownBest(msgspec.Struct, frozen=True):
    """The rule at the boundary that most of the time over what was agreed lies with."""

    handoff: str | None
    code: str | None
    percent: int
    overrun_seconds: int
    n: int


class MeetingAnswer(msgspec.Struct, frozen=True):
    """The meeting. `within` is the week or month of `as_of`; `provisional`: no agreement binds. The chain is that of `/v1/kpis`."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    within: str
    provisional: bool
    decisions: Sequence[Decision]
    sureness: Sureness
    promises: Sequence[PromiseLine]
    months: Sequence[Period]
    chain: KpisAnswer
    moves: Sequence[ShownMove]
    best: ShownBest | None
    disputes: Sequence[Dispute]


def answer_of(pack: Pack) -> MeetingAnswer:
    """The pack as programs read it."""
    told, known, best = pack.told, pack.known, most_over(pack.told)
    kept = [one for one in told.kept if one.period == told.window.name]
    return MeetingAnswer(
        position=known.position,
        as_of=moment(known.as_of),
        known_at=moment(known.known_at),
        agreement=told.agreement.id,
        within=told.window.name,
        provisional=told.trial,
        decisions=pack.decisions,
        sureness=_sureness(told),
        promises=[
            PromiseLine(one.term.promise, one.term.kind, one.term.promisor, one.term.promisee, figures_of(one.figures)) for one in kept
        ],
        months=pack.months,
        chain=pack.kpis,
        moves=[
            ShownMove(one.lead, one.promise, one.promisor, one.owner, moment(one.due_at), one.amount, one.currency) for one in told.moves
        ],
        best=None if best is None else ShownBest(*best),
        disputes=pack.disputes,
    )


def _sureness(told: Told) -> Sureness:
    entries: dict[str, int] = {}
    for way in told.ways:
        entries[way.kind] = entries.get(way.kind, 0) + way.n
    late = sum(way.n for way in told.ways if way.kind == "integration" and way.is_late)
    undetermined = sum(standing_of(group, told).n for group in told.charged.groups if group.group[1] == "U1")
    total = told.charged.total
    return Sureness(dict(sorted(entries.items())), late, undetermined, total.disputed.n, total.provisional.n)
