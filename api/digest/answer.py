"""What is told back to whoever gave the leads: won, lost and rejected, why, by channel and persona; what was
reported and what is owed; and whether customers stayed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
from pydantic import Field

from api.answering import Reader, agreement_of, period, reading
from api.kpis import span_of
from api.parameters import PERIOD_PATTERN, Asked, Timestamp
from api.problems import refused
from api.service import Service
from api.sla import ClocksQuery, clocks_page
from api.turned_down import Kind, turned_down
from domain import events as e
from domain.agreement import Agreement
from domain.vocabulary import RETENTIONS, SECOND, Instant, instant, moment
from ledger.codec import decode, recorded
from ledger.entry import permanent_name
from projections import outcomes

What = Literal["won", "lost", "disqualified", "recycled", "rejected", "returned"]
RETENTION_DAYS = 90
"""How long after it was handed a won deal whoever took it over says whether the customer stayed."""
_RETENTION = RETENTION_DAYS * 86_400 * SECOND
_REASONS = (e.DealLost, e.LeadDisqualified, e.LeadRecycled, e.StageObserved)
_TELLING = tuple(permanent_name(event) for event in (*_REASONS, e.OutcomeReported, e.RecordCorrected, e.RecordRetracted))


class DigestQuery(Asked):
    """Which period, and which of its leads are listed."""

    period: str | None = Field(
        None,
        pattern=PERIOD_PATTERN,
        description="A month (2026-11) or a week (2026-W47); that of as_of where no other period is asked.",
    )
    from_: Timestamp | None = Field(None, alias="from", description="Where the period begins; with `until`, in place of `period`.")
    until: Timestamp | None = Field(None, description="Where the period ends, itself not in it.")
    what: What | None = Field(None, description="List only leads to which this happened.")
    kind: Kind | None = Field(None, description="List only rejections of this kind.")
    reason: str | None = Field(None, max_length=200, description="List only those for this reason; empty where none was given.")
    channel: str | None = Field(None, max_length=200, description="List only leads from this channel; empty where nobody said it.")
    persona: str | None = Field(None, max_length=200, description="List only leads of this persona; empty where nobody said it.")


class DigestLead(msgspec.Struct, frozen=True):
    """What happened to a lead. `position` is the event that gives the reason, `reported_by` the first report of it to whoever the
    agreement lets hear; both null where there is none."""

    lead: str
    what: What
    kind: str | None
    reason: str | None
    at: datetime
    position: int | None
    channel: str | None
    persona: str | None
    amount: int | None
    currency: str | None
    reported_by: int | None


class DigestCount(msgspec.Struct, frozen=True):
    """How often something happened for a reason; `amounts` are what was won, by currency in minor units."""

    what: What
    kind: str | None
    reason: str | None
    n: int
    amounts: Mapping[str, int]


class DigestGroup(msgspec.Struct, frozen=True):
    """How often each thing happened to leads of one channel or one persona; `value` is null where nobody said it."""

    by: Literal["channel", "persona"]
    value: str | None
    counts: Mapping[str, int]
    amounts: Mapping[str, int]


class Report(msgspec.Struct, frozen=True):
    """An outcome that was reported back in the period."""

    lead: str
    to: str
    outcome: str
    reason: str | None
    persona_fit: str | None
    by: str | None
    at: datetime
    position: int


class Owed(msgspec.Struct, frozen=True):
    """Promises to report that are still open at `as_of`, and how many of them are overdue."""

    running: int
    overdue: int


class Stayed(msgspec.Struct, frozen=True):
    """A won deal whose 90 days after it was handed over end in the period. `said` is what was reported since: `retained` or
    `churned`; null as long as nothing was. `is_owed`: the days are over, and nobody has said it."""

    lead: str
    handed_at: datetime
    due_at: datetime
    said: Literal["retained", "churned"] | None
    said_at: datetime | None
    position: int | None
    is_owed: bool


class DigestAnswer(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """The digest of a period. `leads` are those asked for, the figures are of all."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    period: str | None
    from_: datetime
    until: datetime
    counts: Sequence[DigestCount]
    groups: Sequence[DigestGroup]
    n: int
    leads: Sequence[DigestLead]
    reports: Sequence[Report]
    owed: Owed
    retention: Sequence[Stayed]


def digest_asked(service: Service, query: DigestQuery) -> DigestAnswer:
    """The digest as asked. Raises ProblemError."""
    with reading(service, query) as reader:
        agreement = agreement_of(service, reader, None)
        name, since, until = _period(query, agreement, reader.known.as_of)
        said = _said(service, reader, since - _RETENTION)
        every = _leads(service, reader, said, since, until)
        stayed = list(_stayed(reader, agreement, said, since, until))
    asked = [
        (part, value or None) for part in ("what", "kind", "reason", "channel", "persona") if (value := getattr(query, part)) is not None
    ]
    chosen = [one for one in every if all(getattr(one, part) == value for part, value in asked)]
    reports = [one for one in said.reports if since <= instant(one.at) < until]
    return DigestAnswer(
        **reader.head(agreement.id),
        period=name,
        from_=moment(since),
        until=moment(until),
        counts=_counts(every),
        groups=[*_groups(every, "channel"), *_groups(every, "persona")],
        n=len(chosen),
        leads=chosen,
        reports=[one for one in reports if one.outcome not in RETENTIONS],
        owed=_owed(service, reader),
        retention=stayed,
    )


def _period(query: DigestQuery, agreement: Agreement, at: Instant) -> tuple[str | None, Instant, Instant]:
    since, until = period(query.from_, query.until)
    if since is None and until is None:
        span = span_of(agreement, query.period, at)
        return span.name, span.since, span.until
    if since is None or until is None or query.period is not None:
        raise refused("invalid", "A period is named by `period`, or by both `from` and `until`.", "/query/period")
    return None, since, until


class _Said(NamedTuple):
    """What records say of outcomes: why, by lead as (instant, position, reason), and what was reported."""

    reasons: Mapping[str, Sequence[tuple[Instant, int, str | None]]]
    reports: Sequence[Report]


def _said(service: Service, reader: Reader, since: Instant) -> _Said:
    """What was recorded since an instant and stands: corrected where it was corrected, without what was retracted."""
    acts: dict[int, e.Recorded] = {}
    for at, blob in service.book.store.search(service.book.known_position(since - 1), e.MAX_INTEGER, None, _TELLING):
        act = recorded(decode(blob))
        if at > reader.known.position or act.lead is None:
            continue
        if isinstance(act.event, e.RecordRetracted):
            acts.pop(act.event.position, None)
        elif isinstance(act.event, e.RecordCorrected):
            if act.event.position in acts:
                new = act.event.replacement
                acts[act.event.position] = acts[act.event.position]._replace(event=new.event, occurred_at=new.occurred_at)
        elif act.occurred_at <= reader.known.as_of:
            acts[at] = act
    reasons: dict[str, list[tuple[Instant, int, str | None]]] = {}
    reports: list[Report] = []
    for at, act in acts.items():
        event, lead = act.event, act.lead or ""
        if isinstance(event, e.OutcomeReported):
            told = (event.to, event.outcome, event.reason, event.persona_fit, act.actor)
            reports.append(Report(lead, *told, moment(act.occurred_at), at))
        elif isinstance(event, _REASONS):
            reasons.setdefault(lead, []).append((act.occurred_at, at, event.reason))
    return _Said(reasons, reports)


def _leads(service: Service, reader: Reader, said: _Said, since: Instant, until: Instant) -> list[DigestLead]:
    """Everything that happened in the period, in the order of time."""
    tables, known = reader.tables, reader.known
    found = outcomes.ended(tables.connection, tables.leads, reader.question, since, until)
    back = turned_down(service, since, until, known.position, known.as_of)
    named = outcomes.profiles(tables.connection, tables.leads, reader.question, {*(one.lead for one in found), *(one.lead for one in back)})
    nothing = outcomes.Profile(None, None)
    reported: dict[str, list[Report]] = {}
    for report in said.reports:
        reported.setdefault(report.lead, []).append(report)
    told: list[DigestLead] = []
    for run in found:
        position, reason = (None, None) if run.outcome == "won" else _why(said, run)
        money = (run.amount, run.currency) if run.outcome == "won" else (None, None)
        told_by = next(
            (one.position for one in reported.get(run.lead, ()) if one.outcome == run.outcome and instant(one.at) >= run.at), None
        )
        about = named.get(run.lead, nothing)
        told.append(DigestLead(run.lead, run.outcome, None, reason, moment(run.at), position, *about, *money, told_by))  # type: ignore[arg-type]
    for one in back:
        about = named.get(one.lead, nothing)
        told.append(DigestLead(one.lead, one.what, one.kind, one.reason, one.at, one.position, *about, None, None, None))
    return sorted(told, key=lambda one: (one.at, one.lead, one.what))


def _why(said: _Said, run: outcomes.Ended) -> tuple[int | None, str | None]:
    """The event that says why a run ended: the last one up to then; one that was written down late stands behind."""
    every = sorted(said.reasons.get(run.lead, ()))
    before = [one for one in every if one[0] <= run.at]
    found = before[-1] if before else next(iter(every), None)
    return (None, None) if found is None else (found[1], found[2])


def _amounts(leads: Sequence[DigestLead]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for one in leads:
        if one.amount is not None and one.currency is not None:
            sums[one.currency] += one.amount
    return dict(sorted(sums.items()))


def _counts(leads: Sequence[DigestLead]) -> list[DigestCount]:
    """By what happened and why, in the order of the words, the most frequent reason first."""
    order = ("won", "lost", "disqualified", "recycled", "rejected", "returned")
    together: dict[tuple[What, str | None, str | None], list[DigestLead]] = {}
    for one in leads:
        together.setdefault((one.what, one.kind, one.reason), []).append(one)
    counts = [DigestCount(*key, len(found), _amounts(found)) for key, found in together.items()]
    return sorted(counts, key=lambda one: (order.index(one.what), -one.n, str(one.kind), str(one.reason)))


def _groups(leads: Sequence[DigestLead], by: Literal["channel", "persona"]) -> Iterator[DigestGroup]:
    """By channel or persona, the one with the most leads first."""
    together: dict[str | None, list[DigestLead]] = {}
    for one in leads:
        together.setdefault(getattr(one, by), []).append(one)
    for value, found in sorted(together.items(), key=lambda item: (-len(item[1]), str(item[0]))):
        yield DigestGroup(by, value, dict(sorted(Counter(one.what for one in found).items())), _amounts(found))


def _owed(service: Service, reader: Reader) -> Owed:
    at = {"as_of": moment(reader.known.as_of).isoformat(), "known_at": str(reader.known.position), "kind": "report", "limit": 1}
    running, overdue = (clocks_page(service, ClocksQuery.model_validate({**at, "state": state})).n for state in ("running", "overdue"))
    return Owed(running, overdue)


def _stayed(reader: Reader, agreement: Agreement, said: _Said, since: Instant, until: Instant) -> Iterator[Stayed]:
    """The deals whose 90 days end in the period, by when; none where nobody takes over what is won."""
    last = agreement.handoff_at(agreement.stages[-1])
    if last is None:
        return
    handed = (since - _RETENTION, until - _RETENTION)
    for deal in outcomes.handed_on(reader.tables.connection, reader.tables.leads, reader.question, last.receiver, *handed):
        told = [one for one in said.reports if one.lead == deal.lead and one.outcome in RETENTIONS and instant(one.at) >= deal.at]
        latest = told[-1] if told else None
        due_at = deal.at + _RETENTION
        yield Stayed(
            lead=deal.lead,
            handed_at=moment(deal.at),
            due_at=moment(due_at),
            said=None if latest is None else latest.outcome,  # type: ignore[arg-type]
            said_at=None if latest is None else latest.at,
            position=None if latest is None else latest.position,
            is_owed=latest is None and due_at <= reader.known.as_of,
        )
