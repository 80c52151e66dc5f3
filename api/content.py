"""`/v1/content`: what content there is, who made it for whom, and what was asked for and nobody made; `/v1/content/association`:
how leads that had to do with it fared. That is an association, and no cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api import figures as f
from api.answering import agreement_of, period, reading
from api.exports import listed
from api.parameters import Asked, PeriodFilters
from api.personal import Disclosed, Disclosure
from api.problems import refused
from api.service import Open, Service
from domain import events as e
from domain.content import Register, register_of
from domain.vocabulary import moment
from ledger.sealing.sealing import Withheld
from projections import channels, touches
from projections.asking import Share
from projections.touches import WON, Association, Which

router = APIRouter(tags=["content"])
Accept = Annotated[str | None, Header()]
SMALL_N = 10


class ContentQuery(Asked):
    """Which content."""

    state: Literal["made", "wanted"] | None = Field(None, description="Only what is there, or only what nobody made; both if absent.")
    stage: str | None = Field(None, max_length=200, description="Only content for leads in this stage.", examples=["sql"])
    persona: str | None = Field(None, max_length=200, description="Only content for this persona.")


class ContentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of content that is there (`made`), or was asked for and nobody made (`wanted`). `position` is the record that counts,
    `co_authors` are the departments that made it; `requested_at` is null where nobody asked for it."""

    content: str
    state: Literal["made", "wanted"]
    title: str
    kind: str | None
    stage: str | None
    persona: str | None
    co_authors: Sequence[str]
    requested_by: str | None
    requested_at: datetime | None
    why: str | Withheld | None
    recorded_at: datetime
    actor: str | None
    position: int


class ContentAnswer(msgspec.Struct, frozen=True):
    """The register in the order first said, what is there before what is wanted."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    content: Sequence[ContentRow]


class AssociationQuery(PeriodFilters):
    """Which leads: those whose latest run began in a period."""

    touch: Which = Field(
        "any", description="Which touch counts: the run's first one, the last one before the end that is asked about, or any before it."
    )


class End(msgspec.Struct, frozen=True):
    """`reached` are those that came to the end, of the leads that the touch counts for; `others` those of all other leads that were
    asked about. `difference` is in percentage points. `small`: fewer than 10 leads."""

    reached: f.Part
    others: f.Part
    difference: float | None
    small: bool


class AssociatedContent(msgspec.Struct, frozen=True):
    """A piece of content. `title` is null where nobody registered it. `sql` and `won` count the touches before either, so the number
    of leads may differ."""

    content: str
    title: str | None
    sql: End
    won: End


class AssociationAnswer(msgspec.Struct, frozen=True):
    """The pieces of content, those with the most leads first. `means` says what the figures are: leads that had to do with content
    differ from others in more than that. `stage` is the one whose reaching `sql` tells."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    touch: Which
    stage: str
    means: Literal["association"]
    leads: int
    content: Sequence[AssociatedContent]


@router.get("/v1/content", operation_id="list_content", summary="What content there is, and what is wanted")
def list_content(query: Annotated[ContentQuery, Query()], service: Open, disclosed: Disclosed, accept: Accept = None) -> Response:
    """Recorded as `content.registered` and `content.requested` events. What was asked for is made once content of its name is
    registered."""
    answer = content_asked(service, query, disclosed)
    return listed(accept, answer, answer.content)


def register_at(service: Service, known_at: int, as_of: int) -> Register:
    """The register as known at a position, by an instant."""
    return register_of(service.book.content_events(known_at), as_of)


def content_asked(service: Service, query: ContentQuery, disclosure: Disclosure) -> ContentAnswer:
    """The register as asked. Raises ProblemError."""
    known = service.knowledge.asked(query.as_of, query.known_at)
    register = register_at(service, known.position, known.as_of)
    rows = [_made(register, act, act.event, disclosure) for act in register.pieces.values() if isinstance(act.event, e.ContentRegistered)]
    rows += [_wanted(act, act.event, disclosure) for act in register.wanted if isinstance(act.event, e.ContentRequested)]
    named = {name: value for name in ("state", "stage", "persona") if (value := getattr(query, name)) is not None}
    chosen = [row for row in rows if all(getattr(row, name) == value for name, value in named.items())]
    return ContentAnswer(known.position, moment(known.as_of), moment(known.known_at), None, chosen)


def _made(register: Register, act: e.Recorded, event: e.ContentRegistered, disclosure: Disclosure) -> ContentRow:
    request = register.requests.get(event.content)
    asked = request.event if request is not None and isinstance(request.event, e.ContentRequested) else None
    return ContentRow(
        content=event.content,
        state="made",
        title=event.title,
        kind=event.kind,
        stage=event.stage,
        persona=event.persona,
        co_authors=event.co_authors,
        requested_by=event.requested_by or (asked.requested_by if asked else None),
        requested_at=None if request is None else moment(request.occurred_at),
        why=None if request is None or asked is None else _why(request, asked, disclosure),
        recorded_at=moment(act.recorded_at),
        actor=act.actor,
        position=act.position,
    )


def _wanted(act: e.Recorded, event: e.ContentRequested, disclosure: Disclosure) -> ContentRow:
    return ContentRow(
        content=event.content,
        state="wanted",
        title=event.title,
        kind=event.kind,
        stage=event.stage,
        persona=event.persona,
        co_authors=(),
        requested_by=event.requested_by,
        requested_at=moment(act.occurred_at),
        why=_why(act, event, disclosure),
        recorded_at=moment(act.recorded_at),
        actor=act.actor,
        position=act.position,
    )


def _why(act: e.Recorded, event: e.ContentRequested, disclosure: Disclosure) -> str | Withheld | None:
    return None if event.why is None else disclosure.text(event.why, None, act.position, "/why")


@router.get(
    "/v1/content/association",
    operation_id="read_association",
    summary="How leads that had to do with content fared: no cause, an association",
)
def read_association(query: Annotated[AssociationQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Touches are activities that name content. Only those before a lead reached SQL, or was won, count for that."""
    answer = association_asked(service, query)
    return listed(accept, answer, answer.content)


def association_asked(service: Service, query: AssociationQuery) -> AssociationAnswer:
    """The association as asked. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    with reading(service, query) as reader:
        tables, agreement = reader.tables, agreement_of(service, reader, query.agreement)
        if "sql" not in agreement.stages:
            raise refused("not-found", f"{agreement.id} has no stage sql; name another agreement.", "/query/agreement")
        filters = {name: value for name, value in reader.filters.items() if name != "agreement"}
        asked = channels.Asked(reader.question, agreement, (), filters, since, until, of_all_agreements=query.agreement is None)
        three = (tables.leads, tables.visits, tables.touches)
        ends = ("sql", WON)
        touched = [touches.association(tables.connection, three, asked, end, query.touch) for end in ends]
        whole = [touches.whole(tables.connection, three, asked, end) for end in ends]
        head = reader.head(agreement.id)
    titles = _titles(register_at(service, reader.known.position, reader.known.as_of))
    none = Association(0, 0)
    rows = [
        AssociatedContent(
            name, titles.get(name), *(_end(found.get(name, none), everybody) for found, everybody in zip(touched, whole, strict=True))
        )
        for name in {**touched[0], **touched[1]}
    ]
    rows.sort(key=lambda row: (-row.won.reached.of, -row.sql.reached.of, row.content))
    return AssociationAnswer(**head, touch=query.touch, stage="sql", means="association", leads=whole[0].leads, content=rows)


def _titles(register: Register) -> dict[str, str]:
    return {name: act.event.title for name, act in register.pieces.items() if isinstance(act.event, e.ContentRegistered)}


def _end(found: Association, everybody: Association) -> End:
    reached = Share(found.reached, found.leads)
    others = Share(everybody.reached - found.reached, everybody.leads - found.leads)
    told = None if reached.percent is None or others.percent is None else round(reached.percent - others.percent, 3)
    return End(f.part(reached), f.part(others), told, found.leads < SMALL_N)
