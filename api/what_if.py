"""`POST /v1/what-if`: history under a draft agreement beside today's. Nothing is written."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.agreements import document_of
from api.answering import period
from api.bodies import read_body
from api.exports import answered
from api.parameters import Asked, Limit, Timestamp
from api.problems import ProblemError, problem, refused
from api.replays import WhatIfAnswer, shown
from api.service import Open, Service
from domain.agreement_terms import FaultyAgreementError
from ledger.terms import checked
from projections.what_if import Trial, what_if

router = APIRouter(tags=["agreements"])
MOST_ENTRIES = 50_000
"""How many entries are replayed for one request: some seconds of this process's time."""
_replaying = threading.Lock()
"""Held during a replay: folding keeps a processor busy, and the service has others to answer."""


class WhatIfQuery(Asked):
    """Which clocks are compared, and how many of those that differ are listed."""

    from_: Timestamp | None = Field(None, alias="from", description="Where the period begins; open if absent.")
    until: Timestamp | None = Field(None, description="Where the period ends, itself not in it; open if absent.")
    limit: Limit = 100


@router.post("/v1/what-if", operation_id="try_draft", summary="History under a draft, beside today's")
async def try_draft(query: Annotated[WhatIfQuery, Query()], request: Request, service: Open) -> Response:
    """The body is the draft, in YAML or JSON, as it would be proposed. Every event is read as if the draft had been in
    force; compliance by promise stands beside today's, and the clocks that differ with their leads. A ledger too long for
    one request is replayed by `tasuki what-if`."""
    document = document_of(request, await read_body(dict(request.scope["headers"]), request.receive, service.settings))
    return answered(await asyncio.to_thread(tried, service, query, document))


def tried(service: Service, query: WhatIfQuery, document: object) -> WhatIfAnswer:
    """A draft tried on history. Raises ProblemError for a draft with faults, for too long a ledger, and while another draft is tried."""
    try:
        draft = checked(document)
    except FaultyAgreementError as faulty:
        first = faulty.faults[0]
        more = f" ({len(faulty.faults)} faults in all.)" if len(faulty.faults) > 1 else ""
        raise ProblemError(problem("invalid", f"{first[0]}: {first[1]}{more}".removeprefix(": "), faulty.faults)) from None
    since, until = period(query.from_, query.until)
    known = service.knowledge.asked(query.as_of, query.known_at)
    if known.position > MOST_ENTRIES:
        sentence = f"At most {MOST_ENTRIES} entries are replayed for a request, and the ledger has {known.position} by then; "
        raise refused("invalid", f"{sentence}run `tasuki what-if` on it, which replays in several processes.", "/query/known_at")
    trial = Trial(draft.terms, known.as_of, known.position, since, until, query.limit)
    if not _replaying.acquire(blocking=False):
        raise refused("unavailable", "Another draft is being tried; try again when it is done.")
    try:
        return shown(what_if(service.book, service.store, trial), trial, draft.agreement, known.known_at)
    finally:
        _replaying.release()
