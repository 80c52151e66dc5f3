"""`/ledger`: how far the book is signed and witnessed, how to check that, what came last, who writes into it, and what waits
to be confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.auditors import FeedQuery
from api.claims import ClaimsQuery, claims_page
from api.parameters import WHOLE, Asked
from api.personal import SEALED
from api.service import Open, Service
from api.showing import SHARED_STREAMS, ShownEvent, shown_events
from api.timelines import ShownClaim
from api.transparency import ShownCheckpoint, shown_checkpoint
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.view import Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.ledger import SOURCE_KINDS, WORDS
from api.words import event_word
from domain.events import MAX_INTEGER, SourceDeclared
from domain.findings import Sentence
from domain.vocabulary import SourceKind

PAGE = Page("ledger", "/ledger", Sentence("Ledger", "台帳と検証"))
router = APIRouter()
_NEWEST, _ROWS, _READ_AT_ONCE = 20, 50, 500
_TEXTS = {**EVERYWHERE, **WORDS}
Place = Annotated[int | None, Field(ge=0, le=MAX_INTEGER, description="A position of the book."), WHOLE]


class LedgerPageQuery(PageQuery):
    """Which page of the late claims."""

    claims_after: Place = None


class EventsPageQuery(PageQuery):
    """Which stretch of the book: behind one position, up to another; `cursor` is where a page ends."""

    after: Place = None
    up_to: Place = None
    cursor: Place = None
    source_kind: SourceKind | None = Field(None, description="Only what sources of this kind wrote.")


class Vouched(NamedTuple):
    """How far the book is witnessed and signed, and by whom: each witness with the widest checkpoint it cosigned."""

    newest: ShownCheckpoint | None
    signed: int
    witnessed: int
    witnesses: dict[str, ShownCheckpoint | None]


@router.get("/ledger")
def ledger(query: Annotated[LedgerPageQuery, Query()], request: Request, service: Open) -> Response:
    """The ledger at a moment; signatures are those that there are now."""
    view = View.of(PAGE, request, service, query)
    known = view.known
    vouched = _vouched(service, known.position)
    given = {"as_of": view.query.as_of, "known_at": query.known_at, "cursor": query.claims_after or 0, "limit": _ROWS}
    asked = ClaimsQuery.model_validate(given)
    claims = claims_page(service, asked)
    sources = service.knowledge.shared(service.knowledge.recorded(view.query.as_of, query.known_at).position).sources
    return rendered(
        view,
        "ledger.html",
        WORDS,
        vouched=vouched,
        ranges=_ranges(vouched, view),
        witnesses=_witnesses(vouched, view),
        newest=_events(_stretch(service, max(0, known.position - _NEWEST), known.position), view),
        n_events=known.position,
        all_events=view.link("/ledger/events"),
        sources=_sources([declared for _, declared in sorted(sources.items())], view),
        claims=_claims(claims.claims, view),
        more_claims=claims.next and view.link(claims_after=claims.next),
        claims_api=view.api("/v1/claims", ClaimsQuery),
        sources_api=view.api("/v1/sources", Asked),
        base=service.settings.public_url,
    )


@router.get("/ledger/events")
def ledger_events(query: Annotated[EventsPageQuery, Query()], request: Request, service: Open) -> Response:
    """A stretch of the book, the newest first: all that was recorded, whenever it happened."""
    view = View.of(PAGE, request, service, query)
    begin = query.after or 0
    end = view.known.position if query.up_to is None else min(query.up_to, view.known.position)
    last = end if query.cursor is None else min(query.cursor, end)
    first = max(begin, last - _ROWS)
    if query.source_kind is not None:
        return _of_kind(view, service, query.source_kind, Stretch(begin, end, last))
    return rendered(
        view,
        "ledger_events.html",
        WORDS,
        title=view.fmt.say(WORDS["events"]),
        how_many=view.fmt.say(WORDS["all_events"]).format(n=view.fmt.number(max(0, end - begin))),
        table=_events(_stretch(service, first, last), view),
        older=view.link(cursor=first) if first > begin else None,
        api=view.api("/v1/events", FeedQuery, after=begin, limit=1_000),
        back=view.link("/ledger"),
    )


class Stretch(NamedTuple):
    """The entries behind one position and up to another, and the last one of a page of them."""

    begin: int
    end: int
    last: int


def _of_kind(view: View, service: Service, kind: SourceKind, of: Stretch) -> Response:
    """A page of what sources of a kind wrote in a stretch, as they were declared at the moment asked about."""
    shared = service.knowledge.shared(view.known.position)
    n = sum(n for source, _, n in service.book.store.ways(of.begin, of.end) if shared.kind_of(source, view.known.as_of) == kind)
    written = (event for event in _backwards(service, of.begin, of.last) if shared.kind_of(event.source, view.known.as_of) == kind)
    page = list(islice(written, _ROWS + 1))
    return rendered(
        view,
        "ledger_events.html",
        WORDS,
        title=view.fmt.word(SOURCE_KINDS, kind),
        how_many=view.fmt.say(WORDS["all_events"]).format(n=view.fmt.number(n)),
        table=_events(page[:_ROWS], view),
        older=view.link(cursor=page[_ROWS].position) if len(page) > _ROWS else None,
        api=None,  # The feed knows sources and no kinds of them.
        back=view.link("/"),
    )


def _backwards(service: Service, after: int, until: int) -> Iterator[ShownEvent]:
    """The events behind a position and up to another, the newest first, read as far as they are asked for."""
    while until > after:
        first = max(after, until - _READ_AT_ONCE)
        yield from _stretch(service, first, until)
        until = first


def _stretch(service: Service, after: int, until: int) -> list[ShownEvent]:
    """The events behind a position and up to another, the newest first."""
    return shown_events((blob for _, blob in reversed(service.book.store.blobs(after, until - after))), SEALED) if until > after else []


# Who vouches for what


def _vouched(service: Service, position: int) -> Vouched:
    checkpoints = [shown_checkpoint(service.log, kept) for kept in service.log.vouching(position)]
    found: dict[str, ShownCheckpoint | None] = dict.fromkeys(witness.verifier.name for witness in service.settings.witnesses)
    for checkpoint in checkpoints:
        found |= dict.fromkeys((one.witness for one in checkpoint.cosignatures), checkpoint)
    newest = checkpoints[-1] if checkpoints else None
    witnessed = max((checkpoint.size for checkpoint in found.values() if checkpoint is not None), default=0)
    return Vouched(newest, 0 if newest is None else newest.size, witnessed, found)


def _ranges(vouched: Vouched, view: View) -> Table:
    fmt = view.fmt
    return Table(fmt.say(WORDS["ranges"]), fmt.words(_TEXTS, "range", "n_entries", "standing"), list(_range_rows(vouched, view)))


def _range_rows(vouched: Vouched, view: View) -> Iterator[list[Cell]]:
    fmt = view.fmt
    for begin, end, how in (
        (0, vouched.witnessed, "is_witnessed"),
        (vouched.witnessed, vouched.signed, "is_signed"),
        (vouched.signed, view.known.position, "is_unsigned"),
    ):
        if begin < end:
            told = fmt.say(WORDS["from_to"]).format(begin=fmt.number(begin + 1), end=fmt.number(end))
            opens = view.link("/ledger/events", after=begin or None, up_to=end)
            yield [Cell(told), Cell(fmt.number(end - begin), "count", opens), Cell(fmt.say(WORDS[how]))]


def _witnesses(vouched: Vouched, view: View) -> Table:
    fmt = view.fmt
    rows = []
    for name, checkpoint in sorted(vouched.witnesses.items()):
        if checkpoint is None:
            rows.append([Cell(name), Cell(fmt.say(WORDS["never"])), Cell(NOTHING), Cell(fmt.number(view.known.position), "number")])
            continue
        at = next(one.cosigned_at for one in checkpoint.cosignatures if one.witness == name)
        behind = view.known.position - checkpoint.size
        opens = view.link("/ledger/events", after=checkpoint.size)
        rows.append(
            [
                Cell(name),
                Cell(fmt.number(checkpoint.size)),
                Cell(fmt.when(at)),
                Cell(fmt.number(behind), "count" if behind else "number", opens),
            ]
        )
    return Table(fmt.say(WORDS["witnesses"]), fmt.words(_TEXTS, "witness", "cosigned_to", "cosigned_at", "behind"), rows)


# What stands in the book


def _events(events: Sequence[ShownEvent], view: View) -> Table:
    fmt = view.fmt
    columns = fmt.words(_TEXTS, "position", "event", "lead", "happened", "recorded", "by", "source", "hash", "proof")
    return Table(fmt.say(WORDS["events"]), columns, [_event(event, view) for event in events])


def _event(event: ShownEvent, view: View) -> list[Cell]:
    fmt = view.fmt
    has_lead = event.subject not in SHARED_STREAMS
    return [
        Cell(str(event.position), "link", f"/v1/events/{event.position}"),
        Cell(fmt.say(event_word(event.type))),
        Cell(event.subject, "link", view.lead(event.subject, f"event-{event.position}")) if has_lead else Cell(NOTHING),
        Cell(fmt.when(event.time)),
        Cell(fmt.when(event.recordedat)),
        Cell(event.actor or NOTHING),
        Cell(event.source),
        Cell(f"{event.leaf[:12]}…", "code"),
        Cell(fmt.say(WORDS["proof"]), "link", f"/v1/events/{event.position}/proof"),
    ]


def _sources(sources: Sequence[SourceDeclared], view: View) -> Table:
    fmt = view.fmt
    rows = [
        [
            Cell(one.source),
            Cell(fmt.word(SOURCE_KINDS, one.kind)),
            Cell(fmt.say(WORDS["unlimited"] if one.backdating_days is None else WORDS["days"]).format(n=one.backdating_days)),
            Cell(NOTHING if one.cut_over is None else one.cut_over.isoformat()),
        ]
        for one in sources
    ]
    return Table(fmt.say(WORDS["sources"]), fmt.words(_TEXTS, "source", "kind", "window", "cut_over"), rows)


def _claims(claims: Sequence[ShownClaim], view: View) -> Table:
    fmt = view.fmt
    rows = [
        [
            Cell(str(one.position), "link", f"/v1/events/{one.position}"),
            Cell(NOTHING) if one.lead is None else Cell(one.lead, "link", view.lead(one.lead, f"event-{one.position}")),
            Cell(fmt.say(event_word(one.type))),
            Cell(fmt.party(one.department)),
            Cell(one.source),
            Cell(fmt.when(one.occurred_at)),
            Cell(fmt.when(one.recorded_at)),
            Cell(NOTHING if one.backdating_days is None else fmt.say(WORDS["days"]).format(n=one.backdating_days)),
        ]
        for one in claims
    ]
    columns = fmt.words(_TEXTS, "position", "lead", "event", "claimant", "source", "happened", "recorded", "window")
    return Table(fmt.say(WORDS["claims"]), columns, rows)
