"""What departments read of their promises: how they were kept, and which clocks stand behind each figure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import BeforeValidator, Field

from api.answering import Reader, period, reading
from api.compliance import Figures, figures_of
from api.cursors import Whole, cursor_of, place_of
from api.exports import listed
from api.knowledge import shown, timestamp
from api.parameters import Limit, Reaching, Timestamp
from api.service import Open, Service
from domain.clocks import State
from domain.vocabulary import instant, moment
from projections import sla
from projections.leads import begun
from projections.sla_now import compliance_now, count_now

router = APIRouter(tags=["promises"])
Accept = Annotated[str | None, Header()]

_GROUPS = f"^({'|'.join(sla.GROUPINGS)})(,({'|'.join(sla.GROUPINGS)}))?$"


def _groups(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(_GROUPS, value):
        raise ValueError(f"Group by one or two of {', '.join(sla.GROUPINGS)}, with a comma between.")
    return value


class PromisesQuery(Reaching):
    """Which clocks are asked about. A period holds those settled in it, or falling due in it if nobody acts."""

    from_: Timestamp | None = Field(None, alias="from", description="Where the period begins; open if absent.")
    until: Timestamp | None = Field(None, description="Where the period ends, itself not in it; open if absent.")
    promise: str | None = Field(None, max_length=200, description="Only this promise, or this relay.", examples=["decide.mql"])
    kind: str | None = Field(None, max_length=200, description="Only promises of this kind.", examples=["first_attempt"])
    department: str | None = Field(None, max_length=200, description="Only what this party promised.", examples=["inside_sales"])
    promisee: str | None = Field(None, max_length=200, description="Only what was promised to this party.", examples=["marketing"])
    owner: str | None = Field(None, max_length=200, description="Only this person's; empty for those without an owner.")
    channel: str | None = Field(None, max_length=200, description="Only of leads from this channel; empty where nobody said.")
    month: str | None = Field(None, max_length=7, description="Only those settled in this month.", examples=["2026-11"])
    week: str | None = Field(None, max_length=8, description="Only those settled in this week.", examples=["2026-W47"])
    agreement: str | None = Field(None, max_length=220, description="Only under this version of an agreement.")
    provisional: Literal["true", "false"] | None = Field(None, description="Only those on trial, or only those that bind.")


class SlaQuery(PromisesQuery):
    """How the figures are grouped."""

    group_by: Annotated[
        str | None,
        Field(pattern=_GROUPS, description="One or two of these, with a comma between.", examples=["promise"]),
        BeforeValidator(_groups),
    ] = None


class Group(msgspec.Struct, frozen=True):
    """The figures of one group. `provisional`: on trial, and in no total."""

    group: Mapping[str, str | None]
    provisional: bool
    figures: Figures


class SlaAnswer(msgspec.Struct, frozen=True):
    """The figures as asked. `total` is of the promises that bind, `trial` of those on trial."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    total: Figures
    trial: Figures
    groups: Sequence[Group]


def _asked(service: Service, reader: Reader, query: PromisesQuery, group_by: Sequence[str] = ()) -> sla.Asked:
    since, until = period(query.from_, query.until)
    names = ("promise", "kind", "department", "promisee", "owner", "channel", "month", "week", "agreement", "provisional")
    filters = {name: value for name in names if (value := getattr(query, name)) is not None}
    return sla.Asked(
        question=reader.question,
        in_force=service.knowledge.shared(reader.known.position).agreed.in_force,
        group_by=tuple(group_by),
        filters=filters,
        since=since,
        until=until,
    )


@router.get("/v1/sla", operation_id="read_sla", summary="How the promises were kept")
def read_sla(query: Annotated[SlaQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Kept, late, missed, overdue: with `as_of` in the future, what breaks if nobody acts."""
    group_by = tuple(dict.fromkeys(query.group_by.split(","))) if query.group_by else ()
    with reading(service, query) as reader:
        found = kept_promises(service, reader, query, group_by)
    groups = [Group(dict(zip(group_by, one.group, strict=True)), one.provisional, figures_of(one.figures)) for one in found]
    answer = SlaAnswer(
        **reader.head(query.agreement),
        total=figures_of(sla.together(one.figures for one in found if not one.provisional)),
        trial=figures_of(sla.together(one.figures for one in found if one.provisional)),
        groups=groups,
    )
    return listed(accept, answer, groups)


def kept_promises(service: Service, reader: Reader, query: PromisesQuery, group_by: Sequence[str]) -> list[sla.Group]:
    """The figures by group, from the tally where it can tell. Raises ProblemError."""
    tables, agreements = reader.tables, service.knowledge.shared(reader.known.position).agreements
    asked, first = _asked(service, reader, query, group_by), begun(tables.connection, tables.leads)
    return compliance_now(tables.connection, tables.clocks, tables.clocks_tally, asked, agreements, first)


# The clocks behind a figure


class ClocksQuery(PromisesQuery):
    """Which clocks, in which order, and which page of them."""

    state: State | None = Field(None, description="Only those in this state.")
    breached: Literal["true"] | None = Field(None, description="Only broken promises: late, missed or overdue.")
    counted: Literal["true"] | None = Field(None, description="Only what a percentage counts (`n`): kept, late, missed or overdue.")
    due_until: Timestamp | None = Field(None, description="Only those due before then: with `state=running`, what is due soon.")
    order: Literal["lead", "due"] = Field("lead", description="By lead, or the first due first.")
    cursor: str = Field("", max_length=600, description="Where the page begins: `next` of the page before.")
    limit: Limit = 100


class ClockRow(msgspec.Struct, frozen=True):
    """A clock as it stands at `as_of`. Seconds are in its promise's own unit; those of an open one are null."""

    lead: str
    episode: int
    promise: str
    instance: int
    kind: str
    promisor: str
    promisee: str
    handoff: str | None
    owner: str | None
    channel: str | None
    agreement: str
    state: str
    provisional: bool
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None
    ended_at: datetime | None
    allowed_seconds: int | None
    used_seconds: int | None
    started_by: int
    stopped_by: int | None


class ClocksAnswer(msgspec.Struct, frozen=True):
    """One page of clocks; `n` is how many there are in all, `next` the cursor of the next page."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    n: int
    clocks: Sequence[ClockRow]
    next: str | None


@router.get("/v1/sla/clocks", operation_id="list_clocks", summary="The clocks behind a figure")
def list_clocks(query: Annotated[ClocksQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Exactly those that a figure of `/v1/sla` counts, with the same filters; `state`, `breached` and `counted` choose the figure."""
    answer = clocks_page(service, query)
    headers = None
    if answer.next is not None:
        following = query.model_dump(exclude_none=True, by_alias=True) | {"cursor": answer.next}
        headers = {"Link": f'</v1/sla/clocks?{urlencode(following)}>; rel="next"'}
    return listed(accept, answer, answer.clocks, headers)


def clocks_page(service: Service, query: ClocksQuery) -> ClocksAnswer:
    """A page of the clocks asked for, and how many there are in all. Raises ProblemError."""
    with reading(service, query) as reader:
        asked, tables = _asked(service, reader, query), reader.tables
        chosen = {name: value for name in ("state", "breached", "counted") if (value := getattr(query, name)) is not None}
        due_until = None if query.due_until is None else instant(timestamp(query.due_until, "/query/due_until"))
        asked = asked._replace(filters={**asked.filters, **chosen}, due_until=due_until)
        after = place_of(query.cursor, _DuePlace if query.order == "due" else _Place)
        agreements, first = service.knowledge.shared(reader.known.position).agreements, begun(tables.connection, tables.leads)
        n = count_now(tables.connection, tables.clocks, tables.clocks_tally, asked, agreements, first)
        found = sla.listed(tables.connection, tables.clocks, asked, query.order, after, query.limit + 1)
    cursor = cursor_of(_place(found[query.limit - 1], query.order)) if len(found) > query.limit else None
    return ClocksAnswer(**reader.head(query.agreement), n=n, clocks=[_row(row) for row in found[: query.limit]], next=cursor)


def _row(row: sla.ClockRow) -> ClockRow:
    times = {name: shown(getattr(row, name)) for name in ("due_at", "stopped_at", "ended_at")}
    return ClockRow(**{**row._asdict(), **times, "provisional": bool(row.provisional), "started_at": moment(row.started_at)})


_Place = tuple[str, Whole, str, Whole]
_DuePlace = tuple[Whole | None, str, Whole, str, Whole]


def _place(row: sla.ClockRow, order: str) -> tuple[Any, ...]:
    return (*((row.due_at,) if order == "due" else ()), row.lead, row.episode, row.promise, row.instance)
