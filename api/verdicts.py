"""The verdicts behind a figure, and each of them with its evidence in full."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from api.answering import Reader, reading
from api.exports import answered, listed
from api.faults import Accept, FaultsQuery, Standing, Status, asked_of, judging_of
from api.monthly import monthly_verdicts_by_id, shown_monthly
from api.parameters import Asked, Limit
from api.problems import refused
from api.service import Open, Service
from api.showing import ShownEvent, shown_event
from api.shown_verdicts import ShownVerdict, shown_verdict
from domain.told import told_at
from domain.verdicts import verdicts
from projections import faults

router = APIRouter(tags=["verdicts"])


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
    """A verdict with the events that show it; `lead` is null where it is on a whole month. `verdict` is null where it does
    not stand at that moment: it has not begun, or what became known since has cleared it."""

    position: int
    as_of: datetime
    known_at: datetime
    lead: str | None
    verdict: ShownVerdict | None
    evidence: Sequence[ShownEvent]


@router.get("/v1/verdicts", operation_id="list_verdicts", summary="The verdicts behind a figure")
def list_verdicts(query: Annotated[VerdictsQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Exactly those that a figure of `/v1/faults` counts, with the same filters; `standing` chooses the figure."""
    with reading(service, query) as reader:
        asked, judging, tables = asked_of(service, reader, query), judging_of(service, reader), reader.tables
        chosen = {name: value for name in ("lead", "status", "standing") if (value := getattr(query, name)) is not None}
        asked = asked._replace(filters={**asked.filters, **chosen})
        n = faults.count(tables.connection, tables.verdicts, asked, judging)
        found = faults.listed(tables.connection, tables.verdicts, asked, judging, _place(query.cursor), query.limit + 1)
        rows = list(_shown(service, reader, found[: query.limit]))
    cursor = _cursor(found[query.limit - 1]) if len(found) > query.limit else None
    headers = None
    if cursor is not None:
        following = query.model_dump(exclude_none=True, by_alias=True) | {"cursor": cursor}
        headers = {"Link": f'</v1/verdicts?{urlencode(following)}>; rel="next"'}
    return listed(accept, VerdictsAnswer(**reader.head(query.agreement), n=n, verdicts=rows, next=cursor), rows, headers)


@router.get("/v1/verdicts/{id}", operation_id="get_verdict", summary="A verdict and its evidence")
def get_verdict(
    id: Annotated[str, Path(min_length=1, max_length=64, description="A verdict's id.", examples=["a1b2c3d4e5f60718"])],
    asked: Annotated[Asked, Query()],
    service: Open,
) -> Response:
    """The id stays whatever becomes known later: ask `known_at` what it read before."""
    with reading(service, asked) as reader:
        lead = faults.lead_of(reader.tables.connection, reader.tables.verdicts, id, reader.question)
        on_month = monthly_verdicts_by_id(service, reader, frozenset({id})) if lead is None else {}
    if lead is None and id not in on_month:
        raise refused("not-found", "The ledger knows no verdict of this id at that moment.")
    verdict = shown_monthly(*on_month[id]) if lead is None else _on_lead(service, reader, lead).get(id)
    blobs = [service.book.store.blob(position) for position in (verdict.evidence if verdict is not None else ())]
    head = {name: value for name, value in reader.head(None).items() if name != "agreement"}
    return answered(VerdictAnswer(**head, lead=lead, verdict=verdict, evidence=[shown_event(found[0]) for found in blobs if found]))


def _on_lead(service: Service, reader: Reader, lead: str) -> Mapping[str, ShownVerdict]:
    """A lead's verdicts at the moment asked about, by id."""
    known = reader.known
    told = told_at(lead, service.book.events_of(lead, known.position), service.knowledge.shared(known.position), known.as_of)
    if told is None:
        return {}
    judged = verdicts(lead, told.timeline, told.events, told.shared, known.as_of)
    return {verdict.id: shown_verdict(verdict) for verdict in judged}


def _shown(service: Service, reader: Reader, rows: Sequence[faults.VerdictRow]) -> Sequence[VerdictOnLead]:
    by_lead = {lead: _on_lead(service, reader, lead) for lead in dict.fromkeys(row.lead for row in rows)}
    return [VerdictOnLead(row.lead, by_lead[row.lead][row.id]) for row in rows]


def _cursor(row: faults.VerdictRow) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((row.since, row.id))).decode().rstrip("=")


_Place = tuple[Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)], Annotated[str, msgspec.Meta(max_length=64)]]


def _place(cursor: str) -> faults.Place | None:
    """Where a page begins. Raises ProblemError for a cursor that no page gave."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place: faults.Place = msgspec.json.decode(raw, type=_Place)
        return place
    except (binascii.Error, ValueError):
        raise refused("malformed", "A cursor is the `next` of the page before.", "/query/cursor") from None
