"""`GET /v1/changes`: what the answer for an instant changed since it was last looked at, and by which records."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api.answering import tables_read_to
from api.changes.comparing import Between, Comparison, SharedChange
from api.changes.moving import moved
from api.changes.shown import ChangesAnswer, lines, shown_lead
from api.exports import listed
from api.parameters import Knowing, Limit, Parameters, Timestamp
from api.personal import Disclosed
from api.problems import refused
from api.service import Open, Service
from domain import events as e
from domain.vocabulary import moment
from projections.reaching import bound_by, counted_beyond, in_outage, owned_by

router = APIRouter(tags=["events"])
MOST_LEADS = 1_000
"""How many leads are compared for one request: some seconds of this process's time."""


class ChangesQuery(Parameters):
    """Which answer, and between which moments of knowledge."""

    known_at: Knowing = Field(description="The earlier moment of knowledge: a time or a position.", examples=["57"])
    until: Knowing | None = Field(None, description="The later one: a time or a position. Now if absent.", examples=["60"])
    as_of: Timestamp | None = Field(
        None, description="The instant that is answered for. Now if absent.", examples=["2026-11-16T09:00:00+09:00"]
    )
    lead: str | None = Field(None, min_length=1, max_length=200, description="Only this lead.", examples=["L-1001"])
    cursor: str = Field("", max_length=200, description="Where the page begins: `next` of the page before.")
    limit: Limit = 25


@router.get("/v1/changes", operation_id="list_changes", summary="What an answer changed since, and by which records")
def list_changes(
    query: Annotated[ChangesQuery, Query()], service: Open, disclosed: Disclosed, accept: Annotated[str | None, Header()] = None
) -> Response:
    """For the same `as_of`: the leads whose story differs between `known_at` and `until`, what of it differs, and by how much
    the figures moved. CSV and NDJSON have one line for each fact that differs."""
    before = service.knowledge.asked(query.as_of, query.known_at)
    after = service.knowledge.asked(query.as_of, query.until, "/query/until")._replace(as_of=before.as_of)
    if after.position < before.position:
        raise refused("invalid", "The later moment of knowledge is to lie behind the earlier one.", "/query/until")
    comparison = Comparison(service.book, service.knowledge, Between(before.as_of, before.position, after.position))
    leads = (
        [query.lead] if query.lead is not None else comparison.leads(lambda change: _reached(service, change, after.position), MOST_LEADS)
    )
    if len(leads) > MOST_LEADS:
        sentence = f"At most {MOST_LEADS} leads are compared for a request, and more have records in between; "
        raise refused("invalid", f"{sentence}ask in shorter steps, for one lead, or with `tasuki changes`.", "/query/until")
    changed = list(comparison.changed(leads))
    behind = [one for one in changed if one.lead > query.cursor]
    shared = service.knowledge.shared(after.position)
    page = [shown_lead(service.book, shared, comparison, one, disclosed) for one in behind[: query.limit]]
    cursor = page[-1].lead if len(behind) > query.limit else None
    answer = ChangesAnswer(
        position=after.position,
        as_of=moment(before.as_of),
        known_at=moment(before.known_at),
        until=moment(after.known_at),
        known_position=before.position,
        n=len(changed),
        moved=moved(changed),
        leads=page,
        next=cursor,
    )
    return listed(accept, answer, list(lines(page)), None if cursor is None else {"Link": _next(query, answer, cursor)})


def _next(query: ChangesQuery, answer: ChangesAnswer, cursor: str) -> str:
    """The next page of the same question, whatever is recorded meanwhile."""
    pinned = {"as_of": answer.as_of.isoformat(), "until": answer.position, "cursor": cursor}
    return f'</v1/changes?{urlencode(query.model_dump(exclude_none=True) | pinned)}>; rel="next"'


def _reached(service: Service, change: SharedChange, position: int) -> set[str]:
    """The leads that what changed for all may reach, from the read models."""
    found: set[str] = set()
    with tables_read_to(service, position) as tables:
        queries = [bound_by(rows, name, since) for name, since in change.rebound.items() for rows in (tables.clocks, tables.verdicts)]
        for act in change.events:
            match act.event:
                case e.PersonDeactivated(person=person):
                    queries.append(owned_by(tables.people, person))
                case e.OutageDeclared() as outage:
                    queries += in_outage(tables.leads, tables.clocks, outage)
                case e.AgreementExtended() as extended:
                    name = f"{extended.name}@{extended.version}"
                    if (known := change.before.agreements.get(name)) is not None:
                        queries.append(counted_beyond(tables.clocks, name, known.calendar.last))
                case _:
                    pass
        for query in queries:
            found.update(tables.connection.scalars(query))
    return found
