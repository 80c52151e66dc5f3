"""What departments read of faults: whose they were, by what rule, how long, and which verdicts stand behind each figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import AfterValidator, Field

from api.answering import Reader, period, reading
from api.exports import listed
from api.parameters import Reaching, Timestamp
from api.problems import refused
from api.service import Open, Service
from domain.findings import NAMES
from domain.told import told_at
from domain.verdicts import verdicts
from projections import faults, sla
from projections.faults import Bearing, Judging
from projections.faults_now import faults_now
from projections.leads import begun
from projections.spending import spent_now

router = APIRouter(tags=["verdicts"])
Accept = Annotated[str | None, Header()]

_GROUPS = f"^({'|'.join(faults.GROUPINGS)})(,({'|'.join(faults.GROUPINGS)}))?$"


def _code(code: str) -> str:
    if code not in NAMES:
        raise ValueError(f"There is no such code; expected one of {', '.join(NAMES)}.")
    return code


Code = Annotated[str, AfterValidator(_code)]
Standing = Literal["final", "disputed", "provisional", "overturned"]
Status = Literal["provisional", "standing", "disputed", "upheld", "overturned", "split"]


class FaultsQuery(Reaching):
    """Which verdicts are asked about. A period holds those that began in it. What sums up others (E1, L1) is left out
    unless its code is asked for."""

    from_: Timestamp | None = Field(None, alias="from", description="Where the period begins; open if absent.")
    until: Timestamp | None = Field(None, description="Where the period ends, itself not in it; open if absent.")
    party: str | None = Field(None, max_length=200, description="Only what this party bears a share of.", examples=["inside_sales"])
    code: Code | None = Field(None, description="Only verdicts of this code.", examples=["R2"])
    handoff: str | None = Field(None, max_length=200, description="Only at the handoff at this stage.", examples=["mql"])
    owner: str | None = Field(None, max_length=200, description="Only what this person had in hand; a party is to be named with it.")
    channel: str | None = Field(None, max_length=200, description="Only of leads from this channel; empty where nobody said.")
    promise: str | None = Field(None, max_length=200, description="Only about this promise or relay.", examples=["first_attempt.mql"])
    reason: str | None = Field(None, max_length=200, description="Only of losses or rejections for this reason.")
    associated: Code | None = Field(None, description="Only losses (L1) that are associated with this code.")
    month: str | None = Field(None, max_length=7, description="Only those that began in this month.", examples=["2026-11"])
    week: str | None = Field(None, max_length=8, description="Only those that began in this week.", examples=["2026-W47"])
    agreement: str | None = Field(None, max_length=220, description="Only under this version of an agreement.")


class FaultGroupsQuery(FaultsQuery):
    """How the figures are grouped."""

    group_by: str = Field(
        "party", pattern=_GROUPS, description="One or two of these, with a comma between. `owner` only within a party.", examples=["party"]
    )


class Figures(msgspec.Struct, frozen=True):
    """`n` verdicts, of which the parties asked about bear `share_percents` in all: 100 are one whole verdict. They are
    over what was agreed by `overrun_seconds`, each in its promise's own unit. `amounts` are the deals at stake by
    currency, in minor units and by share."""

    n: int
    share_percents: int
    overrun_seconds: int
    amounts: Mapping[str, int]


class FaultGroup(msgspec.Struct, frozen=True):
    """The figures of one group: what counts, what is disputed, and what is on trial, which is in no total."""

    group: Mapping[str, str | None]
    final: Figures
    disputed: Figures
    provisional: Figures


class FaultsAnswer(msgspec.Struct, frozen=True):
    """The figures as asked. `total` is of the verdicts that count; one that several parties bear counts once in it."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    total: Figures
    disputed: Figures
    provisional: Figures
    groups: Sequence[FaultGroup]


@router.get("/v1/faults", operation_id="read_faults", summary="Whose fault, in figures")
def read_faults(query: Annotated[FaultGroupsQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """By party, code, handoff, person (within a party), week, month, channel, or a loss's reason and what it is associated
    with. Groups stand in the order of their names: it is no ranking."""
    group_by = tuple(dict.fromkeys(query.group_by.split(",")))
    with reading(service, query) as reader:
        (answer,) = grouped_faults(service, reader, query, [group_by])
    return listed(accept, answer, answer.groups)


def grouped_faults(service: Service, reader: Reader, query: FaultsQuery, groupings: Sequence[tuple[str, ...]]) -> list[FaultsAnswer]:
    """The figures in several groupings, from one read: an answer for each. Raises ProblemError."""
    asked, judging, tables = asked_of(service, reader, query), judging_of(service, reader), reader.tables
    finest = tuple(dict.fromkeys(name for group_by in groupings for name in group_by))
    if "owner" in finest and query.party is None:
        raise refused("invalid", "People are looked at within a party: name one (party=inside_sales).", "/query/group_by")
    first = begun(tables.connection, tables.leads)
    sums = faults_now(tables.connection, tables.verdicts, tables.verdicts_tally, asked._replace(group_by=finest), judging, first)
    head = reader.head(query.agreement)
    answers = []
    for group_by in groupings:
        found = sums.regrouped([finest.index(name) for name in group_by]).figures(asked._replace(group_by=group_by))
        groups = [FaultGroup(dict(zip(group_by, one.group, strict=True)), *map(_figures, one[1:])) for one in found.groups]
        total, disputed, provisional = map(_figures, found.total[1:])
        answers.append(FaultsAnswer(**head, total=total, disputed=disputed, provisional=provisional, groups=groups))
    return answers


def _figures(fault: faults.Fault) -> Figures:
    return Figures(*fault)


class TimeQuery(Reaching):
    """Whose time is asked about. A period holds the promises settled in it, or falling due in it if nobody acts."""

    from_: Timestamp | None = Field(None, alias="from", description="Where the period begins; open if absent.")
    until: Timestamp | None = Field(None, description="Where the period ends, itself not in it; open if absent.")
    party: str | None = Field(None, max_length=200, description="Only this party's.", examples=["inside_sales"])
    channel: str | None = Field(None, max_length=200, description="Only of leads from this channel; empty where nobody said.")
    month: str | None = Field(None, max_length=7, description="Only promises settled in this month.", examples=["2026-11"])


class TimeSpent(msgspec.Struct, frozen=True):
    """What one party used at one handoff under one promise: `n` clocks, seconds in their budgets and over them, in the
    promise's own unit. `paused` clocks rest, and say what they used when they run again. What is on trial stands apart."""

    handoff: str | None
    party: str
    promise: str
    by_wall_clock: bool
    provisional: bool
    n: int
    in_budget_seconds: int
    over_budget_seconds: int
    paused: int


class TimeAnswer(msgspec.Struct, frozen=True):
    """Where time went, by handoff, party and promise."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    spent: Sequence[TimeSpent]


@router.get("/v1/faults/time", operation_id="read_time", summary="Where time went")
def read_time(query: Annotated[TimeQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Each party's time at each handoff, in its budget and over it, whether a promise was broken in the end or not. A void
    promise, a judgement (quality) and a window for several attempts (depth) take nobody's time."""
    with reading(service, query) as reader:
        rows = time_spent(service, reader, query)
    return listed(accept, TimeAnswer(**reader.head(None), spent=rows), rows)


def time_spent(service: Service, reader: Reader, query: TimeQuery) -> list[TimeSpent]:
    """Where time went. Raises ProblemError."""
    asked = time_asked(service, reader, query)
    agreements = service.knowledge.shared(reader.known.position).agreements
    tables = reader.tables
    first = begun(tables.connection, tables.leads)
    return [TimeSpent(*one) for one in spent_now(tables.connection, tables.clocks, tables.clocks_tally, asked, agreements, first)]


def time_asked(service: Service, reader: Reader, query: TimeQuery) -> sla.Asked:
    """A question about time as the read model takes it. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    named = {"department": query.party, "channel": query.channel, "month": query.month}
    filters = {name: value for name, value in named.items() if value is not None}
    in_force = service.knowledge.shared(reader.known.position).agreed.in_force
    return sla.Asked(reader.question, in_force, filters=filters, since=since, until=until)


def asked_of(service: Service, reader: Reader, query: FaultsQuery) -> faults.Asked:
    """A question as the read model takes it. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    if query.owner is not None and query.party is None:
        raise refused("invalid", "People are looked at within a party: name one (party=inside_sales).", "/query/owner")
    names = ("party", "code", "handoff", "owner", "channel", "promise", "reason", "associated", "month", "week", "agreement")
    shared = service.knowledge.shared(reader.known.position)
    return faults.Asked(
        question=reader.question,
        in_force=shared.agreed.in_force,
        agreements=shared.agreements,
        filters={name: value for name in names if (value := getattr(query, name)) is not None},
        since=since,
        until=until,
    )


def judging_of(service: Service, reader: Reader) -> Judging:
    """Judges single leads at the instant asked about, each once."""
    known = reader.known

    @cache
    def judged(lead: str) -> Mapping[str, Mapping[str, Bearing]]:
        told = told_at(lead, service.book.events_of(lead, known.position), service.knowledge.shared(known.position), known.as_of)
        if told is None:
            return {}
        found = verdicts(lead, told.timeline, told.events, told.shared, known.as_of)
        return {
            verdict.id: {party: Bearing(share, verdict.finding.overruns.get(party, 0)) for party, share in verdict.shares.items()}
            for verdict in found
        }

    return lambda lead, name: judged(lead).get(name, {})
