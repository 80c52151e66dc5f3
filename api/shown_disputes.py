"""Disputes as answers give them, and everything disputed at a moment. Grounds and answers are free text, and stand in the
events alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

import msgspec

from api.answering import Reader
from api.knowledge import shown
from api.monthly import monthly_verdicts_by_id
from api.service import Service
from api.shown_verdicts import Said
from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.disputes import State
from domain.findings import Status
from domain.monthly import disputable_until
from domain.rules.months import Month
from domain.shared import Shared
from domain.told import told_at
from domain.verdicts import Verdict, verdicts
from domain.vocabulary import Instant, moment
from projections.disputes import DisputeRow, disputed, of_months


class Read(msgspec.Struct, frozen=True):
    """A verdict as it read at some moment."""

    id: str
    code: str
    status: Status
    shares: Mapping[str, int]
    sentence: Said


class DisputedMatter(msgspec.Struct, frozen=True):
    """One thing that a dispute is about. `code` and `departments` are those of the verdict when the dispute was opened;
    `rejection` stands for one about a rejection, and its department is the one that turned the lead down. Without a lead it is
    about a whole month. `before` is the verdict (or what rests on the rejection) as it read then, `after` as it reads now.
    Positions say where things stand: `opened_by`, `answered_by`, `ended_by`. `out_of_time`: it came too late, and changes
    nothing."""

    lead: str | None
    about: str
    code: str | None
    departments: Sequence[str]
    state: State
    out_of_time: bool
    opened_by: int
    answered_by: int | None
    ended_by: int | None
    before: Sequence[Read]
    after: Sequence[Read]


class Dispute(msgspec.Struct, frozen=True):
    """A dispute, on one lead or on several. `state` is that of what has come least far; `by`, `answerer` and `ender` (who ruled,
    or took it back) are departments. After `answer_by` it passes on to the arbiter unanswered; the days left are working
    days, 0 on the last one, and null where nobody owes anything."""

    dispute: str
    state: State
    by: str
    opened_at: datetime
    answer_by: datetime | None
    answer_days_left: int | None
    answered_at: datetime | None
    answerer: str | None
    rule_by: datetime | None
    rule_days_left: int | None
    ended_at: datetime | None
    ender: str | None
    matters: Sequence[DisputedMatter]


class DisputesAnswer(msgspec.Struct, frozen=True):
    """A page of disputes, the first opened first; `n` are all that were asked for."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    n: int
    disputes: Sequence[Dispute]
    next: int | None


class Case(NamedTuple):
    """One thing that a dispute is about, and whom that charged."""

    matter: DisputeRow
    code: str | None
    departments: tuple[str, ...]
    out_of_time: bool = False


_LEAST_FAR: tuple[State, ...] = ("opened", "unanswered", "answered", "upheld", "overturned", "split", "withdrawn")


def state_of(cases: Sequence[Case], as_of: Instant) -> State:
    """How a dispute stands: as that of what has come least far."""
    return min((case.matter.state_at(as_of) for case in cases), key=_LEAST_FAR.index)


class AllDisputes:
    """Everything disputed at a reader's moment."""

    def __init__(self, service: Service, reader: Reader) -> None:
        self._service = service
        self._reader = reader
        self._as_of = reader.known.as_of
        self._shared: Shared = service.knowledge.shared(reader.known.position)
        self._on_months = of_months(self._shared.disputes, reader.question)
        ids = frozenset(row.about for row in self._on_months)
        self._months: dict[str, tuple[Month, Verdict]] = monthly_verdicts_by_id(service, reader, ids) if ids else {}

    def disputes(self) -> list[list[Case]]:
        """Every dispute with all that it is about: what one department opened under one name in one commit is one."""
        rows = [*disputed(self._reader.tables.connection, self._reader.tables.disputes, self._reader.question), *self._on_months]

        def one(row: DisputeRow) -> tuple[int, str, str]:
            return row.commit, row.dispute, row.by

        together = [[self._case(row) for row in group] for _, group in groupby(sorted(rows, key=one), key=one)]
        return sorted(together, key=lambda cases: cases[0].matter.opened_by)

    def _case(self, row: DisputeRow) -> Case:
        if row.lead is not None:
            return Case(row, row.code, tuple(row.departments.split(",")) if row.departments else ())
        if row.about not in self._months:
            return Case(row, None, ())
        month, verdict = self._months[row.about]
        until = disputable_until(month, verdict.finding, row.opened_at)
        return Case(row, verdict.code, tuple(verdict.finding.shares), until is not None and row.opened_at > until)

    def shown(self, cases: Sequence[Case]) -> Dispute:
        """A dispute as answers give it."""
        state, row = state_of(cases, self._as_of), cases[0].matter
        agreement = self._shared.agreement(row.agreement)
        owes = "answer" if state == "opened" else "ruling" if state in ("answered", "unanswered") else None
        return Dispute(
            dispute=row.dispute,
            state=state,
            by=row.by,
            opened_at=moment(row.opened_at),
            answer_by=shown(row.answer_by),
            answer_days_left=days_left(agreement, self._as_of, row.answer_by) if owes == "answer" else None,
            answered_at=shown(row.answered_at),
            answerer=row.answerer,
            rule_by=shown(row.rule_by),
            rule_days_left=days_left(agreement, self._as_of, row.rule_by) if owes == "ruling" else None,
            ended_at=shown(row.ended_at),
            ender=row.ender,
            matters=[self._matter(case) for case in cases],
        )

    def _matter(self, case: Case) -> DisputedMatter:
        row = case.matter
        before, after = self._before_and_after(row)
        return DisputedMatter(
            lead=row.lead,
            about=row.about,
            code=case.code,
            departments=list(case.departments),
            state=row.state_at(self._as_of),
            out_of_time=case.out_of_time,
            opened_by=row.opened_by,
            answered_by=row.answered_by,
            ended_by=row.ended_by,
            before=[_read(verdict) for verdict in before],
            after=[_read(verdict) for verdict in after],
        )

    def _before_and_after(self, row: DisputeRow) -> tuple[Sequence[Verdict], Sequence[Verdict]]:
        if row.lead is not None:
            return self._verdicts(row, row.opened_by - 1, row.opened_at), self._verdicts(row, self._reader.known.position, self._as_of)
        if row.about not in self._months:
            return (), ()
        _, verdict = self._months[row.about]
        first = verdict._replace(status="standing", shares=verdict.finding.shares, sentence=verdict.finding.sentence)
        return (first,), (verdict,)

    def _verdicts(self, row: DisputeRow, position: int, as_of: Instant) -> list[Verdict]:
        """The verdict that a dispute on a lead is about, or those that rest on the rejection it is about, at an instant and as
        known at a position; none where later evidence cleared them."""
        key = row.lead or ""
        told = told_at(key, self._service.book.events_of(key, position), self._service.knowledge.shared(position), as_of)
        found = () if told is None else verdicts(key, told.timeline, told.events, told.shared, as_of)
        return [one for one in found if (one.id == row.about if row.rejection is None else one.finding.rejection == row.rejection)]


def _read(verdict: Verdict) -> Read:
    return Read(verdict.id, verdict.code, verdict.status, dict(verdict.shares), Said(*verdict.sentence))


def days_left(agreement: Agreement, as_of: Instant, until: Instant | None) -> int | None:
    """Working days from an instant to the end of a time: 0 on its last one, and behind it."""
    if until is None:
        return None
    try:
        return max(0, agreement.calendar.working_day(until - 1) - agreement.calendar.working_day(as_of))
    except BeyondCalendarError:
        return None
