"""What stands behind the figures of dashboards: the runs that a funnel counts, and the changes that a matrix of handovers counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api.answering import reading
from api.cursors import Whole, cursor_of, place_of
from api.dashboards import FunnelQuery, HandoversQuery, question_of_funnel, question_of_handovers
from api.exports import listed
from api.knowledge import shown
from api.parameters import Limit
from api.problems import refused
from api.service import Open, Service
from domain.agreement import Agreement
from domain.vocabulary import moment
from projections import funnel_runs, handovers
from projections.funnel_now import count_runs
from projections.funnel_runs import RunFigure

router = APIRouter(tags=["dashboards"])
Accept = Annotated[str | None, Header()]
Cursor = Annotated[str, Field(max_length=600, description="Where the page begins: `next` of the page before.")]


class RunsQuery(FunnelQuery):
    """Which figure of which stage, and which page of its runs."""

    of: str | None = Field(None, max_length=200, description="The stage of the figure; the first, if absent.", examples=["mql"])
    figure: RunFigure = Field(
        "entered",
        description="entered: runs that entered the stage; next: those that went on; immature: those that still have time to; "
        "overall: runs of the cohort that came this far; stays: completed stays, which velocity measures.",
    )
    cursor: Cursor = ""
    limit: Limit = 100


class RunRow(msgspec.Struct, frozen=True):
    """A run's stay in the stage: its first one, or each where stays are asked for. `left_at` is null while it lasts."""

    lead: str
    episode: int
    visit: int
    entered_at: datetime
    left_at: datetime | None
    business_seconds: int | None


class RunsAnswer(msgspec.Struct, frozen=True):
    """One page of runs; `n` is how many there are in all, `next` the cursor of the next page."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    n: int
    runs: Sequence[RunRow]
    next: str | None


_RunPlace = tuple[str, Whole, Whole]


@router.get("/v1/funnel/runs", operation_id="list_runs", summary="The runs behind a figure of the funnel")
def list_runs(query: Annotated[RunsQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Exactly those that `/v1/funnel` counts, with the same parameters; a group is asked for by its value (`channel=web`)."""
    answer = runs_page(service, query)
    headers = None
    if answer.next is not None:
        following = query.model_dump(exclude_none=True, by_alias=True) | {"cursor": answer.next}
        headers = {"Link": f'</v1/funnel/runs?{urlencode(following)}>; rel="next"'}
    return listed(accept, answer, answer.runs, headers)


def runs_page(service: Service, query: RunsQuery) -> RunsAnswer:
    """A page of the runs asked for. Raises ProblemError."""
    with reading(service, query) as reader:
        tables, asked = reader.tables, question_of_funnel(service, reader, query)
        stage = _stage(asked.agreement, query.of, query.figure)
        connection, leads, visits = tables.connection, tables.leads, tables.visits
        n = count_runs(connection, leads, visits, tables.leads_tally, tables.visits_tally, asked, stage, query.figure)
        after: funnel_runs.Place | None = place_of(query.cursor, _RunPlace)
        found = funnel_runs.listed(connection, leads, visits, asked, stage, query.figure, after, query.limit + 1)
    rows = [
        RunRow(row.lead, row.episode, row.visit, moment(row.entered_at), shown(row.left_at), row.business_seconds)
        for row in found[: query.limit]
    ]
    cursor = cursor_of(found[query.limit - 1][:3]) if len(found) > query.limit else None
    return RunsAnswer(**reader.head(asked.agreement.id), n=n, runs=rows, next=cursor)


def _stage(agreement: Agreement, named: str | None, figure: RunFigure) -> str:
    """The stage of a figure. Raises ProblemError for one that the agreement does not declare, and where there is no next one."""
    stage = agreement.stages[0] if named is None else named
    if agreement.rank(stage) < 0:
        raise refused("invalid", f"The stages are {', '.join(agreement.stages)}.", "/query/of")
    if figure in ("next", "immature") and stage == agreement.stages[-1]:
        raise refused("invalid", "No stage follows the last one.", "/query/figure")
    return stage


class HandoverChangesQuery(HandoversQuery):
    """Which handovers, and which page of them."""

    came_back: Literal["true", "false"] | None = Field(
        None, description="Only those that went straight back to who had given, or only the others."
    )
    cursor: Cursor = ""
    limit: Limit = 100


class HandoverChange(msgspec.Struct, frozen=True):
    """One handover of a lead: when, from whom to whom, after how long, and the event that did it."""

    lead: str
    episode: int
    number: int
    at: datetime
    giver: str
    receiver: str
    held_seconds: float
    ping_pong: bool
    opened_by: int


class HandoverChangesAnswer(msgspec.Struct, frozen=True):
    """One page of handovers, the latest first; `n` is how many there are in all, `next` the cursor of the next page."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    n: int
    changes: Sequence[HandoverChange]
    next: str | None


_ChangePlace = tuple[Whole, str, Whole, Whole]


@router.get("/v1/handovers/changes", operation_id="list_handovers", summary="The handovers behind a cell of the matrix")
def list_handovers(query: Annotated[HandoverChangesQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Exactly those that `/v1/handovers` counts, with the same parameters."""
    answer = changes_page(service, query)
    headers = None
    if answer.next is not None:
        following = query.model_dump(exclude_none=True, by_alias=True) | {"cursor": answer.next}
        headers = {"Link": f'</v1/handovers/changes?{urlencode(following)}>; rel="next"'}
    return listed(accept, answer, answer.changes, headers)


def changes_page(service: Service, query: HandoverChangesQuery) -> HandoverChangesAnswer:
    """A page of the handovers asked for. Raises ProblemError."""
    with reading(service, query) as reader:
        tables = reader.tables
        asked = question_of_handovers(reader, query)._replace(came_back=None if query.came_back is None else query.came_back == "true")
        named = (tables.connection, tables.handovers, tables.leads, asked)
        n = handovers.count(*named)
        found = handovers.listed(*named, place_of(query.cursor, _ChangePlace), query.limit + 1)
    rows = [HandoverChange(**{**row._asdict(), "at": moment(row.at)}) for row in found[: query.limit]]
    last = found[query.limit - 1] if len(found) > query.limit else None
    cursor = None if last is None else cursor_of((last.at, last.lead, last.episode, last.number))
    return HandoverChangesAnswer(**reader.head(query.agreement), n=n, changes=rows, next=cursor)
