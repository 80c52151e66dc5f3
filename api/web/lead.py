"""`/leads/{key}`: one lead, from who moves next to the bytes that prove it; disputes are opened, answered and ruled on here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal
from urllib.parse import quote

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.audit.route import AuditQuery, known_trail
from api.audit.trail import ShownAudit, ShownRecord
from api.briefings import known_briefing
from api.leads import current_lead
from api.parameters import Asked, Key
from api.problems import ProblemError
from api.service import Open, Service
from api.shown_clocks import ShownClock
from api.web.charts import answered_chart
from api.web.contact import FIELDS, contact_of
from api.web.figures import Cell, Table
from api.web.formats import Formats
from api.web.lead_disputes import act, docketed
from api.web.lead_lanes import lead_lanes
from api.web.lead_promises import clock_anchor, ended_at, next_move, sides
from api.web.pages import rendered
from api.web.posting import Failed, read_form, record
from api.web.view import Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.lead import WORDS
from api.words import CLOCK_STATES, MARKS, PROMISES, code_word, event_word
from domain.agreement import Agreement
from domain.findings import Sentence
from domain.wording import shares

PAGE = Page("lead", "/leads/{key}", Sentence("Lead", "リード詳細"), example="/leads/L-000051")
router = APIRouter()


class LeadPageQuery(PageQuery):
    """How the lanes are drawn."""

    axis: Literal["business", "calendar"] = Field("business", description="Along business time, or along the calendar.")


@router.get("/leads/{key}")
def lead(key: Key, query: Annotated[LeadPageQuery, Query()], request: Request, service: Open) -> Response:
    """Everything that is known of a lead at a moment."""
    return _page(View.of(PAGE, request, service, query), service, key, query.axis, None)


@router.get("/charts/leads/{key}/lanes.svg")
def lanes_chart(key: Key, query: Annotated[LeadPageQuery, Query()], request: Request, service: Open) -> Response:
    """The lanes of the lead's latest run, as a file."""
    view = View.of(PAGE, request, service, query)
    trail = known_trail(service, key, view.known, view.disclosure)
    return answered_chart(lead_lanes(trail.timeline.episodes[-1], _agreement(service, view, trail), view.known.as_of, query.axis, view.fmt))


@router.post("/leads/{key}/disputes")
async def contest(key: Key, query: Annotated[LeadPageQuery, Query()], request: Request, service: Open) -> Response:
    """A form about a dispute: recorded, or shown again with the reason why not."""
    form = await read_form(request, service)
    view = replace(View.of(PAGE, request, service, query), path=f"/leads/{quote(key, safe='')}")
    trail = await anyio.to_thread.run_sync(known_trail, service, key, view.known, view.disclosure)
    try:
        asked = act(key, form, (dispute.dispute for dispute in trail.disputes))
        problem = await record(service, view.caller, id=asked.id, type=asked.type, subject=key, actor=asked.actor, data=asked.data)
    except ProblemError as error:
        problem = error.problem
    if problem is None:
        return Response(status_code=303, headers={"Location": view.lead(key, "disputes")})
    return await anyio.to_thread.run_sync(_page, view, service, key, query.axis, Failed(problem, form))


def _agreement(service: Service, view: View, trail: ShownAudit) -> Agreement:
    """The agreement of the lead's run: its calendar measures it, and its zone tells its times."""
    return service.knowledge.shared(view.known.position).agreement(trail.agreement)


def _page(view: View, service: Service, key: str, axis: Literal["business", "calendar"], failed: Failed | None) -> Response:
    trail = known_trail(service, key, view.known, view.disclosure)
    agreement = _agreement(service, view, trail)
    view = replace(view, agreement=agreement)
    fmt, told = view.fmt, trail.timeline
    return rendered(
        view,
        "lead.html",
        WORDS,
        status=200 if failed is None else failed.problem.status,
        title=fmt.say(WORDS["lead"]).format(key=key),
        key=key,
        current=current_lead(service, key, view.known),
        briefing=known_briefing(service, key, view.known, view.disclosure),
        contact=_contact(trail, fmt),
        move=next_move(told, agreement, view.known.as_of),
        sides=sides(told),
        runs=[(run, lead_lanes(run, agreement, view.known.as_of, axis, fmt)) for run in reversed(told.episodes)],
        axis=axis,
        verdicts=[verdict for run in reversed(told.episodes) for verdict in run.verdicts],
        docket=docketed(service, key, trail, view.known, agreement, is_present=view.is_present),
        departments=[*(agreement.departments or ()), "operations"],
        clocks=_clocks([clock for run in told.episodes for clock in run.clocks], view),
        records=_records(trail.records, view),
        failed=failed,
        post=view.link(f"/leads/{quote(key, safe='')}/disputes"),
        picture=view.link(f"/charts/leads/{quote(key, safe='')}/lanes.svg", axis=axis),
        briefing_address=view.api(f"/v1/leads/{quote(key, safe='')}/briefing", Asked),
        trail_address=view.api(f"/v1/leads/{quote(key, safe='')}/audit", AuditQuery, format="html", lang=view.language),
        events_address=view.api(f"/v1/leads/{quote(key, safe='')}/events", Asked),
        clock_anchor=clock_anchor,
        code_word=code_word,
        shares=shares,
    )


def _contact(trail: ShownAudit, fmt: Formats) -> list[tuple[str, str]]:
    said = contact_of(trail.records)
    return [(fmt.say(WORDS[f"contact_{field}"]), fmt.personal(said[field])) for field in FIELDS if said.get(field)]


def _clocks(clocks: list[ShownClock], view: View) -> Table:
    fmt, words = view.fmt, {**EVERYWHERE, **WORDS}
    columns = fmt.words(words, "promise", "promisor", "promisee", "state", "started", "due", "stopped", "used", "allowed", "over")
    rows = [
        [
            Cell(fmt.word(PROMISES, clock.kind), "anchor", clock_anchor(clock)),
            Cell(fmt.party(clock.promisor)),
            Cell(fmt.party(clock.promisee)),
            Cell(fmt.word(CLOCK_STATES, clock.state) + (f" ({fmt.say(WORDS['provisional'])})" if clock.provisional else "")),
            Cell(fmt.when(clock.started_at)),
            Cell(fmt.when(clock.due_at)),
            Cell(fmt.when(ended_at(clock))),
            Cell(fmt.length(clock.used_seconds), "number"),
            Cell(fmt.length(clock.allowed_seconds), "number"),
            Cell(fmt.length(clock.overrun_seconds or None), "number"),
        ]
        for clock in clocks
    ]
    return Table(fmt.say(WORDS["clocks"]), columns, rows)


def _records(records: Sequence[ShownRecord], view: View) -> Table:
    """The events in the order of the book, each with the way to its entry and to its proof."""
    fmt, words = view.fmt, {**EVERYWHERE, **WORDS}
    columns = fmt.words(words, "position", "event", "happened", "recorded", "by", "source", "marks", "hash", "entry", "proof")
    return Table(fmt.say(WORDS["events"]), columns, [_record(record, view) for record in records])


def _record(record: ShownRecord, view: View) -> list[Cell]:
    event, fmt = record.event, view.fmt
    return [
        Cell(str(event.position), "row"),
        Cell(fmt.say(event_word(event.type))),
        Cell(fmt.when(event.time)),
        Cell(fmt.when(event.recordedat)),
        Cell(event.actor or ""),
        Cell(event.source),
        Cell(", ".join(fmt.word(MARKS, mark) for mark in record.marks)),
        Cell(f"{event.leaf[:12]}…", "code"),
        Cell(fmt.say(WORDS["entry"]), "link", f"/v1/events/{event.position}"),
        Cell(fmt.say(WORDS["proven"]), "link", f"/v1/events/{event.position}/proof"),
    ]
