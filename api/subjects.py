"""`/v1/leads/{key}/personal`, `…/erase` and `/v1/leads/lookup`: what is held of a person, to be shown to them, found, or erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from api.appending import appended
from api.bodies import read_terms
from api.exports import answered
from api.parameters import Key, Position
from api.personal import Disclosed, Disclosure
from api.problems import ProblemError, problem_of
from api.security import Asking, Caller
from api.service import Open, Service
from api.showing import ShownEvent, shown_events
from domain.events import MAX_KEY_LENGTH, MAX_TEXT_LENGTH
from domain.vocabulary import Refused
from ledger.agreeing import RefusedError
from ledger.book import Book
from ledger.entry import Answer
from ledger.erasing import erased_at, in_the_clear, person_of, personal_entries, tombstones

router = APIRouter(tags=["personal data"])


class EraseTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, as a code that names nobody (`request`, `retention`), and who says so."""

    reason: Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)]
    actor: Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)] | None = None


class LookUpTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An e-mail address; width, case and space around it make no difference."""

    email: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_LENGTH)]


class Tombstone(msgspec.Struct, frozen=True):
    """A lead that is erased, and the position of the event that says so."""

    lead: str
    position: int


class Erasure(msgspec.Struct, frozen=True):
    """What was erased: a lead and those merged into it. `in_the_clear` are entries from before personal data was sealed: they
    are withheld from now on, and stay in the book."""

    erased: Sequence[Tombstone]
    in_the_clear: Sequence[int]


class EntryErasure(msgspec.Struct, frozen=True):
    """An entry of a shared stream whose texts are erased, and the position of the event that says so."""

    erased: int
    position: int


class PersonalData(msgspec.Struct, frozen=True):
    """What the ledger holds of one person: the events in which personal data stands, under the keys of all `leads` that were
    merged. What of it is erased says so."""

    lead: str
    leads: Sequence[str]
    position: int
    events: Sequence[ShownEvent]


class FoundLeads(msgspec.Struct, frozen=True):
    """The leads of which an address was recorded; none of those that were erased."""

    leads: Sequence[str]


@router.post("/v1/leads/{key}/erase", operation_id="erase_lead", summary="Erase the personal data about a lead, for good")
async def erase_lead(key: Key, request: Request, service: Open, caller: Asking) -> Response:
    """Destroys the keys of the lead and of those merged into it, and records that. Entries, hashes and proofs stay as they are;
    nothing opens what was sealed any more, whatever backup is put back. Asked again, it answers the same."""
    terms = await read_terms(request, service.settings, EraseTerms)
    leads = await _asked(person_of, service.book, key)
    positions = await _erased(service, caller, [{"lead": lead} for lead in leads], terms)
    clear = await anyio.to_thread.run_sync(in_the_clear, service.book, leads)
    return answered(Erasure([Tombstone(*pair) for pair in zip(leads, positions, strict=True)], clear))


@router.post("/v1/events/{position}/erase", operation_id="erase_entry", summary="Erase the texts of an entry that is about no lead")
async def erase_entry(position: Position, request: Request, service: Open, caller: Asking) -> Response:
    """Of a meeting's decision, of an agreement's withdrawal, or of a dispute about a month: each has a key of its own."""
    terms = await read_terms(request, service.settings, EraseTerms)
    return answered(EntryErasure(position, (await _erased(service, caller, [{"position": position}], terms))[0]))


@router.get("/v1/leads/{key}/personal", operation_id="get_personal_data", summary="What is held of a person")
def get_personal_data(key: Key, service: Open, disclosed: Disclosed) -> Response:
    """Every event of the lead, and of those merged into it, in which personal data stands: what a person may ask to be given."""
    try:
        return answered(personal_data(service.book, key, disclosed))
    except RefusedError as error:
        raise ProblemError(problem_of(error.refused)) from None


@router.post("/v1/leads/lookup", operation_id="look_up_leads", summary="Find leads by an e-mail address")
async def look_up_leads(request: Request, service: Open) -> Response:
    """The address stands in the body, since addresses of requests get into logs. It is compared by a keyed hash."""
    terms = await read_terms(request, service.settings, LookUpTerms)
    return answered(FoundLeads(await anyio.to_thread.run_sync(service.book.leads_of_address, terms.email)))


def personal_data(book: Book, key: str, disclosure: Disclosure) -> PersonalData:
    """What is held of a person. Raises RefusedError."""
    leads, position = person_of(book, key), book.head().position
    blobs = [book.store.blob(position) for position in personal_entries(book, leads)]
    return PersonalData(key, leads, position, shown_events((blob[0] for blob in blobs if blob is not None), disclosure))


async def _erased(service: Service, caller: Caller, subjects: list[dict[str, Any]], terms: EraseTerms) -> list[int]:
    """Where the ledger says that subjects are erased. Raises ProblemError."""
    claims = await _asked(tombstones, service.book, subjects, terms.reason, terms.actor)
    answers: list[Answer] = await appended(service, caller, claims, own_door=True, atomic=True)
    positions: list[int] = await _asked(erased_at, service.book, subjects, answers)
    return positions


async def _asked(ask: Any, *of: Any) -> Any:
    """What is asked of the book, in a thread. Raises ProblemError."""
    try:
        return await anyio.to_thread.run_sync(ask, *of)
    except RefusedError as error:
        refused = error.refused
        pointers = {"/data/position": "/path/position"}
        faults = refused.faults or (((refused.pointer, refused.detail),) if refused.pointer else ())
        told = tuple((pointers.get(pointer, pointer.removeprefix("/data")), sentence) for pointer, sentence in faults)
        raise ProblemError(problem_of(Refused(refused.code, refused.detail, faults=told))) from None
