"""`GET /v1/leads/{key}` and its timeline and events: one lead, straight from the book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Response

from api.exports import answered, listed
from api.knowledge import Known
from api.parameters import Asked, Key
from api.personal import Disclosed
from api.problems import ProblemError, refused
from api.service import Open, Service
from api.showing import ShownEvent, shown_events
from api.timelines import responsible_at, shown_timeline
from domain.events import MAX_INTEGER
from domain.lead import Lead
from domain.told import Told, told_at
from domain.vocabulary import Outcome, instant, moment
from ledger.entry import lead_stream

router = APIRouter(tags=["leads"])


class CurrentLead(msgspec.Struct, frozen=True):
    """Where a lead is at `as_of`. `state` is open, closed, or merged into another lead; `version` counts its own
    events, and goes into `If-Match`. Amounts are in minor units."""

    lead: str
    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    version: int
    episode: int
    state: str
    stage: str
    custodian: str
    responsible: str | None
    owner: str | None
    outcome: Outcome | None
    merged_into: str | None
    channel: str | None
    campaign: str | None
    persona: str | None
    industry: str | None
    company_size: str | None
    region: str | None
    score: int | None
    amount: int | None
    currency: str | None


class LeadEvents(msgspec.Struct, frozen=True):
    """A lead's own events, as known at a position."""

    lead: str
    position: int
    as_of: datetime
    known_at: datetime
    events: Sequence[ShownEvent]


@router.get("/v1/leads/{key}", operation_id="get_lead", summary="Where a lead is, and who owes the next move")
def get_lead(key: Key, asked: Annotated[Asked, Query()], service: Open) -> Response:
    """The lead at `as_of`, as known at `known_at`."""
    current = current_lead(service, key, service.knowledge.asked(asked.as_of, asked.known_at))
    return answered(current, headers={"ETag": f'"{current.version}"'})


def current_lead(service: Service, key: str, known: Known) -> CurrentLead:
    """Where a lead is at a moment. Raises ProblemError where nothing is known of it then."""
    told = known_lead(service, key, known)
    version = sum(act.lead == key for act in service.book.events_of(key, known.position))
    return _current(key, told, known, version)


@router.get("/v1/leads/{key}/timeline", operation_id="get_timeline", summary="A lead over all time, past and future")
def get_timeline(key: Key, asked: Annotated[Asked, Query()], service: Open) -> Response:
    """Segments of stage, custody and responsibility that tile each episode, and what follows if nobody acts."""
    known = service.knowledge.asked(asked.as_of, asked.known_at)
    told = known_lead(service, key, known)
    return answered(shown_timeline(key, told, known))


@router.get("/v1/leads/{key}/events", operation_id="list_lead_events", summary="A lead's own events")
def list_lead_events(
    key: Key, asked: Annotated[Asked, Query()], service: Open, disclosed: Disclosed, accept: Annotated[str | None, Header()] = None
) -> Response:
    """In the order of the book: all that was recorded by `known_at` of what occurred by `as_of`, retracted or not."""
    known = service.knowledge.asked(asked.as_of, asked.known_at)
    blobs = service.book.store.search(0, MAX_INTEGER, lead_stream(key), ())
    known_events = shown_events((blob for position, blob in blobs if position <= known.position), disclosed)
    events = [event for event in known_events if instant(event.time) <= known.as_of]
    if not events:
        raise _unknown()
    return listed(accept, LeadEvents(key, known.position, moment(known.as_of), moment(known.known_at), events), events)


def known_lead(service: Service, key: str, known: Known) -> Told:
    """A lead as it is told at a moment. Raises ProblemError where nothing is known of it then."""
    events = service.book.events_of(key, known.position)
    told = told_at(key, events, service.knowledge.shared(known.position), known.as_of) if events else None
    if told is None:
        raise _unknown()
    return told


def state_of(lead: Lead) -> str:
    """open, closed, or merged into another lead."""
    return "merged" if lead.merged_into else "closed" if lead.closed else "open"


def _unknown() -> ProblemError:
    return refused("not-found", "The ledger knows nothing of this lead at that moment.")


def _current(key: str, told: Told, known: Known, version: int) -> CurrentLead:
    lead = told.lead
    return CurrentLead(
        key,
        known.position,
        moment(known.as_of),
        moment(known.known_at),
        told.timeline.agreement.id,
        version,
        lead.episode,
        state_of(lead),
        lead.stage,
        lead.custodian,
        responsible_at(told, known.as_of),
        lead.owner,
        lead.outcome,
        lead.merged_into,
        *lead.profile,
        lead.deal.amount if lead.deal else None,
        lead.deal.currency if lead.deal else None,
    )
