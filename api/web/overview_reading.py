"""Everything that the overview shows of one moment, read in one transaction: figures that are counted already wherever there
are any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from api.answering import Reader, agreement_of
from api.faults import judging_of
from api.measuring import on_trial
from api.service import Service
from api.turned_down import TurnedDown, turned_down
from api.web.promise_sides import GROUP_BY, Counted, counted
from domain.agreement import Agreement
from domain.shared import Shared
from domain.vocabulary import EPOCH, Instant, SourceKind
from domain.wording import local
from projections import faults, funnel, sla
from projections.asking import Question
from projections.channels import Asked as ChannelsAsked
from projections.channels import Channel
from projections.channels_now import channels_of
from projections.clocks import month_and_week
from projections.faults_now import faults_now
from projections.funnel_now import funnel_of
from projections.leads import begun
from projections.moving import Move, moves
from projections.sla_now import Grouping, groupings_now

Span = Literal["week", "month"]
_MOVES, _WEEKS = 10, 12


class Window(NamedTuple):
    """The week or month that the moment lies in, the one before, and when it began; the week of the moment, and the one with
    which the weeks begin that are shown beside each other."""

    span: Span
    name: str
    before: str
    began: Instant
    week: str
    since_week: str


class Way(NamedTuple):
    """How `n` entries came to be written: by what kind of source, and whether late."""

    kind: SourceKind
    is_late: bool
    n: int


class Entries(NamedTuple):
    """What was recorded in the window: the entries behind a position, up to another."""

    after: int
    until: int


class Told(NamedTuple):
    """What is read of a moment. `trial`: no agreement binds, so that everything is of what is on trial. `kept` are by promise,
    department and period, `by_week` by department and week; `charged` by handoff and code in the window."""

    window: Window
    trial: bool
    agreement: Agreement
    tomorrow: Instant
    kept: Sequence[Counted]
    by_week: Sequence[sla.Group]
    charged: faults.Figures
    overdue_tomorrow: Mapping[str, int]
    moves: Sequence[Move]
    stages: Sequence[funnel.StageFigures]
    channels: Sequence[Channel]
    ways: Sequence[Way]
    entries: Entries
    turned_down: Sequence[TurnedDown]


def window_of(agreement: Agreement, at: Instant, span: Span) -> Window:
    """The week or month of an instant in the agreement's zone."""
    today = local(at, agreement).date()
    first = today.replace(day=1) if span == "month" else today - timedelta(days=today.weekday())
    index = 0 if span == "month" else 1
    name, before = (month_and_week(_day(day))[index] for day in (first, first - timedelta(days=1)))
    week, since_week = (month_and_week(_day(today - timedelta(weeks=ago)))[1] for ago in (0, _WEEKS - 1))
    return Window(span, name, before, agreement.calendar.midnight(first), week, since_week)


def _day(day: date) -> int:
    return day.toordinal() - EPOCH.toordinal()


def told_of(service: Service, reader: Reader, span: Span) -> Told:
    """Reads everything."""
    known, shared = reader.known, service.knowledge.shared(reader.known.position)
    in_force = shared.agreement_at(known.as_of)
    window = window_of(in_force, known.as_of, span)
    tomorrow = in_force.calendar.midnight(local(known.as_of, in_force).date() + timedelta(days=2))
    trial, tables, question = on_trial(shared), reader.tables, reader.question
    kept, by_week = _compliance(reader, shared, Grouping((*GROUP_BY, span)), Grouping(("department", "week"), window.since_week))
    (later,) = _compliance(reader, shared, Grouping(("department",)), at=tomorrow)
    counted_under = agreement_of(service, reader, None)
    asked = sla.Asked(question, shared.agreed.in_force, filters={"provisional": str(trial).lower()}, due_until=tomorrow)
    (whole,) = funnel_of(
        tables.connection, tables.leads, tables.visits, tables.leads_tally, tables.visits_tally, funnel.Asked(question, counted_under)
    )
    came_by = ChannelsAsked(question, counted_under)
    after, until = service.book.known_position(window.began - 1), min(known.position, service.book.known_position(known.as_of))
    return Told(
        window=window,
        trial=trial,
        agreement=counted_under,
        tomorrow=tomorrow,
        kept=counted(kept, shared.agreements, on_trial=trial),
        by_week=[one for one in by_week if one.provisional is trial],
        charged=_charged(service, reader, shared, window),
        overdue_tomorrow={str(one.group[0]): one.figures.overdue for one in later if one.provisional is trial},
        moves=moves(tables.connection, tables.clocks, tables.leads, asked, _MOVES),
        stages=whole.stages,
        channels=channels_of(tables.connection, tables.leads, tables.visits, tables.leads_tally, came_by),
        entries=Entries(after, until),
        ways=[Way(shared.kind_of(source, known.as_of), is_late, n) for source, is_late, n in service.book.store.ways(after, until)],
        turned_down=turned_down(service, window.began, None, known.position, known.as_of),
    )


def _compliance(reader: Reader, shared: Shared, *groupings: Grouping, at: Instant | None = None) -> list[list[sla.Group]]:
    tables, question = reader.tables, reader.question
    asked = sla.Asked(question if at is None else Question(at, question.known_at), shared.agreed.in_force)
    first = begun(tables.connection, tables.leads)
    return groupings_now(tables.connection, tables.clocks, tables.clocks_tally, asked, groupings, shared.agreements, first)


def _charged(service: Service, reader: Reader, shared: Shared, window: Window) -> faults.Figures:
    tables = reader.tables
    asked = faults.Asked(
        reader.question, shared.agreed.in_force, shared.agreements, ("handoff", "code"), filters={window.span: window.name}
    )
    first = begun(tables.connection, tables.leads)
    sums = faults_now(tables.connection, tables.verdicts, tables.verdicts_tally, asked, judging_of(service, reader), first)
    return sums.figures(asked)


def by_reason(found: Sequence[TurnedDown]) -> Counter[tuple[str, str | None, str]]:
    """How many came back for each reason."""
    return Counter((one.what, one.kind, one.reason) for one in found)


def standing_of(group: faults.Group, told: Told) -> faults.Fault:
    """The figures of a group that count: on trial everything is of what is on trial."""
    return group.provisional if told.trial else group.final


class MostOver(NamedTuple):
    """The one rule at the one boundary that most of the time over what was agreed lies with."""

    handoff: str | None
    code: str | None
    percent: int
    overrun_seconds: int
    n: int


def most_over(told: Told) -> MostOver | None:
    """None where nothing ran over."""
    over = {group.group: standing_of(group, told) for group in told.charged.groups}
    whole = sum(fault.overrun_seconds for fault in over.values())
    if not whole:
        return None
    (handoff, code), most = max(over.items(), key=lambda item: (item[1].overrun_seconds, item[0][1] or ""))
    return MostOver(handoff, code, round(100 * most.overrun_seconds / whole), most.overrun_seconds, most.n)
