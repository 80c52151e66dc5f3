"""The verdicts behind a figure, and each of them with its evidence in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Path, Query, Response
from msgspec.structs import replace
from pydantic import Field

from api.answering import Reader, reading
from api.cursors import Whole, cursor_of, place_of
from api.exports import answered, listed
from api.faults import Accept, FaultsQuery, Standing, Status, asked_of, judging_of
from api.knowledge import Known
from api.monthly import monthly_verdicts_by_id, shown_monthly
from api.parameters import Limit, Reaching
from api.personal import Disclosed
from api.problems import refused
from api.service import Open, Service
from api.showing import ShownEvent, shown_events
from api.shown_verdicts import ShownVerdict, shown_verdict
from domain.told import told_at
from domain.verdicts import verdicts
from domain.vocabulary import instant
from projections import faults
from projections.faults_now import count_now
from projections.leads import begun

router = APIRouter(tags=["verdicts"])

_Place = tuple[Whole, Annotated[str, msgspec.Meta(max_length=64)]]
"""The last verdict of a page: since when it holds, and its id."""


class VerdictsQuery(FaultsQuery):
    """Which verdicts, and which page of them. `lead` alone gives all of a lead's, with what sums up others."""

    lead: str | None = Field(None, min_length=1, max_length=200, description="Only verdicts on this lead.", examples=["L-1001"])
    status: Status | None = Field(None, description="Only verdicts of this status.")
    standing: Standing | None = Field(None, description="Only those that a figure counts as this.")
    cursor: str = Field("", max_length=200, description="Where the page begins: `next` of the page before.")
    limit: Limit = 100


class VerdictOnLead(msgspec.Struct, frozen=True):
    """A verdict, and the lead it is on."""

    lead: str
    verdict: ShownVerdict


class VerdictsAnswer(msgspec.Struct, frozen=True):
    """One page of verdicts, the latest first; `n` is how many there are in all, `next` the cursor of the next page."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    n: int
    verdicts: Sequence[VerdictOnLead]
    next: str | None


class VerdictAnswer(msgspec.Struct, frozen=True):
    """A verdict with the events that show it; `lead` is null where it is on a whole month. Where what became known since has
    cleared it, it is as it read before, and `cleared_by` the position from which it no longer stood. `verdict` is null
    where it has not begun at that moment."""

    position: int
    as_of: datetime
    known_at: datetime
    lead: str | None
    verdict: ShownVerdict | None
    evidence: Sequence[ShownEvent]
    cleared_by: int | None = None


@router.get("/v1/verdicts", operation_id="list_verdicts", summary="The verdicts behind a figure")
def list_verdicts(query: Annotated[VerdictsQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Exactly those that a figure of `/v1/faults` counts, with the same filters; `standing` chooses the figure."""
    answer = verdicts_page(service, query)
    headers = None
    if answer.next is not None:
        following = query.model_dump(exclude_none=True, by_alias=True) | {"cursor": answer.next}
        headers = {"Link": f'</v1/verdicts?{urlencode(following)}>; rel="next"'}
    return listed(accept, answer, answer.verdicts, headers)


def verdicts_page(service: Service, query: VerdictsQuery) -> VerdictsAnswer:
    """A page of the verdicts asked for. Raises ProblemError."""
    with reading(service, query) as reader:
        asked, judging, tables = asked_of(service, reader, query), judging_of(service, reader), reader.tables
        chosen = {name: value for name in ("lead", "status", "standing") if (value := getattr(query, name)) is not None}
        asked = asked._replace(filters={**asked.filters, **chosen})
        first = begun(tables.connection, tables.leads)
        n = count_now(tables.connection, tables.verdicts, tables.verdicts_tally, asked, judging, first)
        after: faults.Place | None = place_of(query.cursor, _Place)
        found = faults.listed(tables.connection, tables.verdicts, asked, judging, after, query.limit + 1)
        rows = list(_shown(service, reader, found[: query.limit]))
    cursor = cursor_of(found[query.limit - 1][:2]) if len(found) > query.limit else None
    return VerdictsAnswer(**reader.head(query.agreement), n=n, verdicts=rows, next=cursor)


@router.get("/v1/verdicts/{id}", operation_id="get_verdict", summary="A verdict and its evidence")
def get_verdict(
    id: Annotated[str, Path(min_length=1, max_length=64, description="A verdict's id.", examples=["a1b2c3d4e5f60718"])],
    asked: Annotated[Reaching, Query()],
    service: Open,
    disclosed: Disclosed,
) -> Response:
    """The id stays whatever becomes known later: ask `known_at` what it read before."""
    with reading(service, asked) as reader:
        lead = faults.lead_of(reader.tables.connection, reader.tables.verdicts, id, reader.question)
        last = faults.last_known(reader.tables.connection, reader.tables.verdicts, id, reader.question)
        on_month = monthly_verdicts_by_id(service, reader, frozenset({id})) if lead is None else {}
    if lead is None and id not in on_month:
        raise refused("not-found", "The ledger knows no verdict of this id at that moment.")
    verdict = shown_monthly(*on_month[id]) if lead is None else _on_lead(service, reader.known, lead).get(id)
    cleared_by = None
    if verdict is None and lead is not None and last is not None:
        verdict = _cleared(service, reader.known, lead, id, last)
        cleared_by = None if verdict is None else last.known_until
    blobs = [service.book.store.blob(position) for position in (verdict.evidence if verdict is not None else ())]
    evidence = shown_events((found[0] for found in blobs if found), disclosed)
    head = {name: value for name, value in reader.head(None).items() if name != "agreement"}
    return answered(VerdictAnswer(**head, lead=lead, verdict=verdict, evidence=evidence, cleared_by=cleared_by))


def _cleared(service: Service, known: Known, lead: str, id: str, last: faults.LastKnown) -> ShownVerdict | None:
    """The verdict as it read until it was cleared; None where it had not begun by then, but was only to be expected."""
    closing = service.book.entry(last.known_until)
    if closing is None or instant(closing[0].recorded_at) <= last.from_at:
        return None
    before = _on_lead(service, known._replace(position=service.book.end_of_commit(last.known_until - 1)), lead).get(id)
    return None if before is None else replace(before, status="cleared")


def _on_lead(service: Service, known: Known, lead: str) -> Mapping[str, ShownVerdict]:
    """A lead's verdicts at a moment, by id."""
    told = told_at(lead, service.book.events_of(lead, known.position), service.knowledge.shared(known.position), known.as_of)
    if told is None:
        return {}
    judged = verdicts(lead, told.timeline, told.events, told.shared, known.as_of)
    return {verdict.id: shown_verdict(verdict) for verdict in judged}


def _shown(service: Service, reader: Reader, rows: Sequence[faults.VerdictRow]) -> Sequence[VerdictOnLead]:
    by_lead = {lead: _on_lead(service, reader.known, lead) for lead in dict.fromkeys(row.lead for row in rows)}
    return [VerdictOnLead(row.lead, by_lead[row.lead][row.id]) for row in rows]
