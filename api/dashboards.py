"""What dashboards read: leads, the funnel, channels and handovers, from the read models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api import figures as f
from api.answering import Reader, agreement_of, period, reading
from api.exports import listed
from api.parameters import WHOLE, Filters, Groupings, Limit, PeriodFilters, Timestamp
from api.service import Open, Service
from domain.vocabulary import moment
from projections import channels, funnel, handovers
from projections.channels import began_in
from projections.channels_now import channels_of
from projections.fits import said_to_fit
from projections.funnel_now import funnel_of
from projections.handovers_now import matrix_of
from projections.leads import LeadState, find, reached, was_won
from projections.touches import Which, had_to_do_with

router = APIRouter(tags=["dashboards"])
Accept = Annotated[str | None, Header()]


class LeadsQuery(Filters):
    """Which leads, and which page of them."""

    reached: str | None = Field(None, max_length=200, description="Only leads that ever entered this stage.", examples=["sal"])
    won: Literal["true"] | None = Field(None, description="Only leads that were ever won.")
    persona_fit: str | None = Field(
        None, max_length=200, description="Only leads of which somebody reported that they fit their persona so.", examples=["good"]
    )
    content: str | None = Field(None, max_length=200, description="Only leads whose latest run had to do with this piece of content.")
    touch: Which = Field("any", description="With `content`: as the run's first touch, the last one before `before`, or any.")
    before: str = Field("won", max_length=200, description="With `content`: before the run came to this stage, or was won.")
    reached_after: Literal["true"] | None = Field(None, description="With `content`: only leads whose run came to `before` afterwards.")
    began_from: Timestamp | None = Field(None, description="Only leads whose latest episode began then or later.")
    began_until: Timestamp | None = Field(None, description="Only leads whose latest episode began before.")
    q: str | None = Field(None, min_length=1, max_length=200, description="Only leads whose key holds this text.")
    cursor: str = Field("", max_length=200, description="Where the page begins: `next` of the page before.")
    limit: Limit = 100


@router.get("/v1/leads", operation_id="list_leads", summary="Leads as they stand")
def list_leads(query: Annotated[LeadsQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """In the order of their keys; `Link: rel="next"` leads on."""
    answer = leads_page(service, query)
    headers = None
    if answer.next is not None:
        asked = query.model_dump(exclude_none=True) | {"cursor": answer.next}
        headers = {"Link": f'</v1/leads?{urlencode(asked)}>; rel="next"'}
    return listed(accept, answer, answer.leads, headers)


def leads_page(service: Service, asked: LeadsQuery) -> f.LeadsAnswer:
    """A page of the leads asked for, in the order of their keys. Raises ProblemError."""
    with reading(service, asked) as reader:
        connection, table, question = reader.tables.connection, reader.tables.leads, reader.question
        only = [] if asked.reached is None else [reached(table, reader.tables.visits, question, asked.reached)]
        if asked.won:
            only.append(was_won(table, reader.tables.visits, question))
        if asked.persona_fit is not None:
            only.append(said_to_fit(table, reader.tables.fits, question, asked.persona_fit))
        if asked.content is not None:
            three = (table, reader.tables.visits, reader.tables.touches)
            after = asked.reached_after is not None
            only.append(had_to_do_with(three, question, asked.content, asked.touch, asked.before, only_reached=after))
        if asked.began_from or asked.began_until:
            since, until = period(asked.began_from, asked.began_until, "/query/began_from", "/query/began_until")
            only.append(began_in(table, reader.tables.visits, question, since, until))
        found = find(connection, table, question, reader.filters, *only, text=asked.q, after=asked.cursor, limit=asked.limit + 1)
    rows, more = [_lead(state) for state in found[: asked.limit]], len(found) > asked.limit
    return f.LeadsAnswer(**reader.head(asked.agreement), leads=rows, next=rows[-1].lead if more else None)


def _lead(state: LeadState) -> f.LeadRow:
    return f.LeadRow(state.lead, moment(state.since), *state[2:])


class FunnelQuery(PeriodFilters):
    """How the funnel is asked."""

    basis: Literal["now", "cohort", "period"] = Field(
        "now", description="now: everything that ever came; cohort: what entered in the period; period: entries over entries."
    )
    mode: Literal["all", "any"] = Field("any", description="all counts a stage only where every one before it was entered in order.")
    horizon_days: Annotated[int, Field(ge=1, le=3_650), WHOLE] | None = Field(
        None, description="How long a cohort has to reach the next stage."
    )
    group_by: Groupings = None


@router.get("/v1/funnel", operation_id="read_funnel", summary="How far leads come, and how fast")
def read_funnel(query: Annotated[FunnelQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Stage counts, conversions and velocity; each share with its n."""
    answer = funnel_asked(service, query)
    return listed(accept, answer, list(_funnel_rows(answer.groups)))


def funnel_asked(service: Service, query: FunnelQuery) -> f.FunnelAnswer:
    """The funnel as asked. Raises ProblemError."""
    with reading(service, query) as reader:
        tables, asked = reader.tables, question_of_funnel(service, reader, query)
        found = funnel_of(tables.connection, tables.leads, tables.visits, tables.leads_tally, tables.visits_tally, asked)
    groups = [f.FunnelGroup(_group(asked.group_by, group.group), [_stage(figures) for figures in group.stages]) for group in found]
    return f.FunnelAnswer(**reader.head(asked.agreement.id), basis=query.basis, mode=query.mode, groups=groups)


def question_of_funnel(service: Service, reader: Reader, query: FunnelQuery) -> funnel.Asked:
    """A question about the funnel as the read model takes it. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    return funnel.Asked(
        question=reader.question,
        agreement=agreement_of(service, reader, query.agreement),
        basis=query.basis,
        in_order=query.mode == "all",
        since=since,
        until=until,
        horizon_days=query.horizon_days,
        group_by=_names(query.group_by),
        filters=_without_agreement(reader.filters),
    )


def _stage(figures: funnel.StageFigures) -> f.Stage:
    velocity, age = figures.velocity, figures.age
    return f.Stage(
        figures.stage,
        figures.present,
        figures.entered,
        f.part(figures.next) if figures.next else None,
        figures.immature,
        f.part(figures.overall),
        f.Velocity(f.spread(velocity.business), f.spread(velocity.wall), velocity.negative),
        f.Durations(f.spread(age.business), f.spread(age.wall)),
    )


def _funnel_rows(groups: Sequence[f.FunnelGroup]) -> Iterator[dict[str, Any]]:
    """One row a stage of each group."""
    for group in groups:
        for stage in group.stages:
            yield {**group.group, **{name: getattr(stage, name) for name in stage.__struct_fields__}}


class ChannelsQuery(PeriodFilters):
    """How leads are grouped. A period chooses leads whose latest episode began in it."""

    group_by: Groupings = "channel"


@router.get("/v1/channels", operation_id="read_channels", summary="What became of the leads of each channel")
def read_channels(query: Annotated[ChannelsQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Leads, stages reached, won and for how much, by one or two attributes."""
    since, until = period(query.from_, query.until)
    with reading(service, query) as reader:
        tables, agreement = reader.tables, agreement_of(service, reader, query.agreement)
        asked = channels.Asked(reader.question, agreement, _names(query.group_by), _without_agreement(reader.filters), since, until)
        found = channels_of(tables.connection, tables.leads, tables.visits, tables.leads_tally, asked)
    groups = [
        f.ChannelGroup(_group(asked.group_by, channel.group), channel.leads, channel.reached, f.part(channel.won), channel.amounts)
        for channel in found
    ]
    rows = [{**group.group, "leads": group.leads, "reached": group.reached, "won": group.won, "amounts": group.amounts} for group in groups]
    return listed(accept, f.ChannelsAnswer(**reader.head(agreement.id), groups=groups), rows)


class HandoversQuery(PeriodFilters):
    """Between whom, and when."""

    group_by: Literal["department", "owner"] = Field("department", description="Between departments, or between persons.")
    giver: str | None = Field(None, max_length=200, description="Only from this party: a department with its people, or a person.")
    receiver: str | None = Field(None, max_length=200, description="Only to this party.")
    party: str | None = Field(None, max_length=200, description="Only from or to this party.", examples=["inside_sales"])


@router.get("/v1/handovers", operation_id="read_handovers", summary="Who hands over to whom, how often it comes back, after how long")
def read_handovers(query: Annotated[HandoversQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Changes between consecutive holders. Ping-pong is A→B→A. `held_seconds` is from when the giver came to hold to when the
    receiver did, by the wall clock."""
    answer = handovers_asked(service, query)
    return listed(accept, answer, answer.pairs)


def handovers_asked(service: Service, query: HandoversQuery) -> f.HandoversAnswer:
    """The matrix as asked. Raises ProblemError."""
    with reading(service, query) as reader:
        tables = reader.tables
        asked = question_of_handovers(reader, query)
        cells = matrix_of(tables.connection, tables.handovers, tables.leads, tables.handovers_tally, asked)
    pairs = [f.Handovers(*cell[:5], f.HeldSeconds(*cell.held_seconds), cell.same_person) for cell in cells]
    total, returned = sum(pair.handovers for pair in pairs), sum(pair.ping_pongs for pair in pairs)
    return f.HandoversAnswer(**reader.head(query.agreement), handovers=total, ping_pongs=returned, pairs=pairs)


def question_of_handovers(reader: Reader, query: HandoversQuery) -> handovers.Asked:
    """A question about handovers as the read model takes it. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    return handovers.Asked(
        question=reader.question,
        level=query.group_by,
        since=since,
        until=until,
        filters=reader.filters,
        giver=query.giver,
        receiver=query.receiver,
        party=query.party,
    )


def _names(group_by: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(group_by.split(","))) if group_by else ()


def _group(names: Sequence[str], values: Sequence[Any]) -> dict[str, str | None]:
    return dict(zip(names, values, strict=True))


def _without_agreement(filters: Any) -> dict[str, str]:
    """The agreement chooses whose stages are counted, which is more than a filter."""
    return {name: value for name, value in filters.items() if name != "agreement"}
