"""`/content`: what content there is and who made it, how leads that had to do with it fared, what was asked for and nobody made, and
the forms that register and request content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.content import AssociatedContent, AssociationQuery, ContentQuery, ContentRow, End, association_asked, content_asked
from api.problems import ProblemError, refused
from api.service import Open, Service
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.posting import Failed, field, read_form, record
from api.web.view import Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.content import WORDS
from api.words import STAGES
from domain.events import CONTENT
from domain.findings import Sentence
from projections.touches import Which

PAGE = Page("content", "/content", Sentence("Content", "コンテンツ"))
router = APIRouter()
UNASKED = ("basis",)
_TEXTS = {**EVERYWHERE, **WORDS}
_MOST = 100
_TOUCHES: tuple[Which, ...] = ("first", "last", "any")


class ContentPageQuery(PageQuery):
    """Which touch counts."""

    touch: Which = Field("any", description="Which touch of a run counts.")


@router.get("/content")
def content(query: Annotated[ContentPageQuery, Query()], request: Request, service: Open) -> Response:
    """Every number of leads opens them."""
    return _page(View.of(PAGE, request, service, query), service, None)


@router.post("/content/acts")
async def act_on_content(query: Annotated[ContentPageQuery, Query()], request: Request, service: Open) -> Response:
    """A piece of content that is registered or asked for, or the page again with the reason why not."""
    form = await read_form(request, service)
    view = replace(View.of(PAGE, request, service, query), path="/content")
    try:
        type_, data = _event(form)
        actor = f"{field(form, 'department')}:{field(form, 'person')}"
        name = sha256(repr(sorted(data.items())).encode()).hexdigest()[:16]
        id_ = f"content-{view.known.position}-{name}"
        problem = await record(service, view.caller, id=id_, type=type_, subject=CONTENT, actor=actor, data=data)
    except ProblemError as error:
        problem = error.problem
    if problem is None:
        return Response(status_code=303, headers={"Location": view.link(None, "register", as_of=None, known_at=None, meeting=None)})
    return await anyio.to_thread.run_sync(_page, view, service, Failed(problem, form))


def _event(form: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The event of a form. Raises ProblemError for a form that lacks something."""
    data: dict[str, Any] = {"content": field(form, "content"), "title": field(form, "title")}
    data |= {name: form[name] for name in ("kind", "stage", "persona") if name in form}
    match form.get("act"):
        case "register":
            data["kind"] = field(form, "kind")
            data["co_authors"] = [name.removeprefix("author_") for name in form if name.startswith("author_")]
            if "requested_by" in form:
                data["requested_by"] = form["requested_by"]
            return "content.registered", data
        case "request":
            data["requested_by"] = field(form, "department")
            return "content.requested", {**data, "why": form["why"]} if "why" in form else data
        case _:
            raise refused("malformed", "A form about content registers or requests it.", "/act")


def _page(view: View, service: Service, failed: Failed | None) -> Response:
    answer = association_asked(service, view.ask(AssociationQuery))
    rows = content_asked(service, view.ask(ContentQuery, stage=None, persona=None, state=None), view.disclosure).content
    return rendered(
        view,
        "content.html",
        WORDS,
        status=200 if failed is None else failed.problem.status,
        association=_association(view, answer.content[:_MOST]),
        leads=answer.leads,
        made=_made(view, [row for row in rows if row.state == "made"]),
        wanted=_wanted(view, [row for row in rows if row.state == "wanted"]),
        departments=list(view.agreement.departments or ()),
        stages=[(stage, view.fmt.word(STAGES, stage)) for stage in view.agreement.stages],
        failed=failed,
        acts=view.link("/content/acts"),
        unasked=UNASKED,
        choices=_choices(view),
        api=view.api("/v1/content/association", AssociationQuery),
        register_api=view.api("/v1/content", ContentQuery, stage=None, persona=None, state=None),
    )


def _association(view: View, rows: Sequence[AssociatedContent]) -> Table:
    fmt = view.fmt
    ends = [(end, fmt.word(STAGES, end)) for end in ("sql", "won")]
    columns = [fmt.say(WORDS["piece"])]
    for _, end in ends:
        columns += [fmt.say(WORDS[name]).format(end=end) for name in ("touched_before", "reached", "rate", "others", "difference")]
    told = [[Cell(row.title or row.content), *_end(view, row, row.sql, "sql"), *_end(view, row, row.won, "won")] for row in rows]
    return Table(fmt.say(WORDS["association"]), columns, told)


def _end(view: View, row: AssociatedContent, end: End, name: str) -> list[Cell]:
    """Counts that open their leads, and shares that are greyed where they rest on few."""
    fmt, kind = view.fmt, "muted" if end.small else "number"
    others = NOTHING if not end.others.of else f"{fmt.percent(end.others.percent)} (n = {fmt.number(end.others.of)})"
    difference = NOTHING if end.difference is None else f"{fmt.change(end.difference)}{fmt.say(WORDS['points'])}"
    return [
        _count(view, end.reached.of, row.content, name, None),
        _count(view, end.reached.n, row.content, name, "true"),
        Cell(fmt.percent(end.reached.percent), kind),  # type: ignore[arg-type]
        Cell(others, kind),  # type: ignore[arg-type]
        Cell(difference, kind),  # type: ignore[arg-type]
    ]


def _count(view: View, n: int, piece: str, before: str, after: str | None) -> Cell:
    if not n:
        return Cell("0", "number")
    began = {"began_from": view.asked.get("from"), "began_until": view.asked.get("until")}
    which = {"content": piece, "touch": view.asked.get("touch"), "before": before, "reached_after": after}
    return Cell(view.fmt.number(n), "count", view.link("/leads", **{"basis": None, "from": None, "until": None, **began, **which}))


def _made(view: View, rows: Sequence[ContentRow]) -> Table:
    fmt = view.fmt
    columns = fmt.words(_TEXTS, "piece", "in_ledger", "kind", "stage", "persona", "co_authors", "requested_by", "event")
    told = [[*_what(view, row), Cell(_parties(view, row.co_authors)), Cell(fmt.party(row.requested_by)), _event_of(row)] for row in rows]
    return Table(fmt.say(WORDS["register"]), columns, told)


def _wanted(view: View, rows: Sequence[ContentRow]) -> Table:
    fmt = view.fmt
    columns = fmt.words(_TEXTS, "piece", "in_ledger", "kind", "stage", "persona", "requested_by", "since_when", "why", "event")
    told = []
    for row in rows:
        why = NOTHING if row.why is None else fmt.personal(row.why)
        told.append([*_what(view, row), Cell(fmt.party(row.requested_by)), Cell(fmt.when(row.requested_at)), Cell(why), _event_of(row)])
    return Table(fmt.say(WORDS["wanted"]), columns, told)


def _what(view: View, row: ContentRow) -> list[Cell]:
    kind = NOTHING if row.kind is None else row.kind.replace("_", " ")
    return [Cell(row.title), Cell(row.content, "code"), Cell(kind), Cell(view.fmt.word(STAGES, row.stage)), Cell(row.persona or NOTHING)]


def _event_of(row: ContentRow) -> Cell:
    return Cell(str(row.position), "link", f"/v1/events/{row.position}")


def _parties(view: View, departments: Sequence[str]) -> str:
    return view.fmt.say(EVERYWHERE["comma"]).join(map(view.fmt.party, departments)) or NOTHING


def _choices(view: View) -> Sequence[tuple[str, str, list[tuple[str, str]]]]:
    fmt = view.fmt
    touch: list[tuple[str, str]] = [(one, fmt.say(WORDS[f"touch_{one}"])) for one in _TOUCHES]
    names = ("channel", "campaign", "persona", "industry", "company_size", "region")
    return [("touch", fmt.say(WORDS["touch"]), touch), *((name, fmt.say(EVERYWHERE[name]), []) for name in names)]
