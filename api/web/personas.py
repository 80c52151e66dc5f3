"""`/personas`: whom we sell to and who signed that; whether those whom marketing hands over are those who buy; and the forms by
which a version is proposed, corrected, signed and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import dropwhile
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.agreements import yaml_document
from api.figures import Part
from api.personas import personas_at, propose, shown_personas, sign, withdraw
from api.personas_fit import (
    DriftAnswer,
    DriftQuery,
    FeedbackAnswer,
    FeedbackQuery,
    FitAnswer,
    FitGroup,
    FitQuery,
    drift_asked,
    feedback_asked,
    fit_asked,
)
from api.problems import ProblemError, refused
from api.security import Caller
from api.service import Open, Service
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.posting import Failed, field, read_form
from api.web.view import UNSAID, Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.agreement import AGREEMENT_STATES
from api.web.words.personas import WORDS
from api.words import STAGES
from domain.findings import Sentence
from domain.personas import PersonaDocument, PersonaDocuments, corrected
from domain.signed_documents import Version
from domain.vocabulary import OPERATIONS, Instant
from ledger.documents import write_document

PAGE = Page("personas", "/personas", Sentence("Personas", "ペルソナ"))
router = APIRouter()
UNASKED = ("basis",)
_TEXTS = {**EVERYWHERE, **WORDS}
_MOST_GROUPS = 30
_MOST_DRIFTING = 8


class PersonasPageQuery(PageQuery):
    """How the drift is told."""

    by: Literal["month", "quarter"] = Field("month", description="The length of a period.")


@router.get("/personas")
def personas(query: Annotated[PersonasPageQuery, Query()], request: Request, service: Open) -> Response:
    """Every number opens the leads that it counts."""
    return _page(View.of(PAGE, request, service, query), service, None)


@router.post("/personas/acts")
async def act_on_personas(query: Annotated[PersonasPageQuery, Query()], request: Request, service: Open) -> Response:
    """A form that proposes, signs or withdraws: recorded, or shown again with every reason why not."""
    form = await read_form(request, service)
    view = replace(View.of(PAGE, request, service, query), path="/personas")
    try:
        await _act(service, view.caller, form)
    except ProblemError as error:
        return await anyio.to_thread.run_sync(_page, view, service, Failed(error.problem, form))
    return Response(status_code=303, headers={"Location": view.link(None, "versions", as_of=None, known_at=None, meeting=None)})


async def _act(service: Service, caller: Caller, form: Mapping[str, str]) -> None:
    """Does what a form says. Raises ProblemError."""
    actor = f"{field(form, 'department')}:{field(form, 'person')}"
    match form.get("act"):
        case "propose":
            await propose(service, caller, yaml_document(field(form, "document").encode()), actor)
        case "sign":
            await sign(service, caller, field(form, "version"), actor)
        case "withdraw":
            await withdraw(service, caller, field(form, "version"), actor, field(form, "reason"))
        case _:
            raise refused("malformed", "A form about personas proposes, signs or withdraws a version.", "/act")


def _page(view: View, service: Service, failed: Failed | None) -> Response:
    fmt = view.fmt
    fit, company = (fit_asked(service, view.ask(FitQuery, group_by=by)) for by in ("persona", "company"))
    drift = drift_asked(service, view.ask(DriftQuery, group_by="persona"))
    feedback = feedback_asked(service, view.ask(FeedbackQuery))
    known, at = personas_at(service, view.query.as_of, view.query.known_at)
    version = known.in_force_at(at.as_of)
    stage = fmt.word(STAGES, fit.stage)
    return rendered(
        view,
        "personas.html",
        WORDS,
        status=200 if failed is None else failed.problem.status,
        stage=stage,
        in_force=None if version is None else _in_force(view, version),
        names=None if version is None else _names(view, version.document),
        icp=None if version is None or not version.document.icp else _icp(view, version.document),
        fit=_fit(view, fit, stage, "by_persona"),
        company=_fit(view, company, stage, "by_company"),
        more=max(len(company.groups) - _MOST_GROUPS, 0),
        drift=_drift(view, drift),
        feedback=_feedback(view, feedback),
        versions=_versions(view, known, at.as_of),
        document=_document(known, at.as_of, version),
        waiting=[shown for name in known.versions if (shown := shown_personas(known, name, at.as_of, view.disclosure)).state == "proposed"],
        departments=[*(view.agreement.departments or ()), *(() if OPERATIONS in (view.agreement.departments or ()) else (OPERATIONS,))],
        failed=failed,
        acts=view.link("/personas/acts"),
        unasked=UNASKED,
        choices=_choices(view),
        fit_api=view.api("/v1/personas/fit", FitQuery),
        company_api=view.api("/v1/personas/fit", FitQuery, group_by="company"),
        drift_api=view.api("/v1/personas/drift", DriftQuery),
        feedback_api=view.api("/v1/personas/feedback", FeedbackQuery),
    )


# The document


def _in_force(view: View, version: Version[PersonaDocument]) -> str:
    fmt = view.fmt
    parties = fmt.say(EVERYWHERE["comma"]).join(map(fmt.party, version.document.signed_by))
    return fmt.say(WORDS["in_force"]).format(document=version.id, since=fmt.when(version.in_force_from), parties=parties)


def _names(view: View, document: PersonaDocument) -> Table:
    rows = [[Cell(one.says), Cell(one.id, "code"), Cell(one.wants or NOTHING), Cell(one.worries or NOTHING)] for one in document.personas]
    return Table(view.fmt.say(WORDS["who"]), view.fmt.words(_TEXTS, "persona", "in_ledger", "wants", "worries"), rows)


def _icp(view: View, document: PersonaDocument) -> Table:
    fmt = view.fmt
    comma = fmt.say(EVERYWHERE["comma"])

    def told(values: frozenset[str] | None) -> str:
        return fmt.say(WORDS["whichever"]) if values is None else comma.join(sorted(values))

    rows = [[Cell(one.says or NOTHING), Cell(told(one.industries)), Cell(told(one.sizes))] for one in document.icp]
    return Table(fmt.say(WORDS["icp"]), fmt.words(_TEXTS, "companies", "industry", "company_size"), rows)


def _versions(view: View, known: PersonaDocuments, at: Instant) -> Table:
    fmt = view.fmt
    comma = fmt.say(EVERYWHERE["comma"])
    rows = []
    for name in known.versions:
        shown = shown_personas(known, name, at, view.disclosure)
        signed = comma.join(fmt.party(one.department) for one in shown.signed) or NOTHING
        missing = comma.join(map(fmt.party, shown.missing)) or NOTHING
        state = fmt.word(AGREEMENT_STATES, shown.state)
        if shown.withdrawn is not None:
            state += fmt.say(_TEXTS["in_brackets"]).format(what=fmt.personal(shown.withdrawn.reason))
        proposed = Cell(str(shown.proposed.position), "link", f"/v1/events/{shown.proposed.position}")
        rows.append([Cell(name), Cell(state), Cell(shown.proposed.by or NOTHING), proposed, Cell(signed), Cell(missing)])
    return Table(fmt.say(WORDS["versions"]), fmt.words(_TEXTS, "version", "state", "proposed_by", "event", "signed", "missing"), rows)


def _document(known: PersonaDocuments, at: Instant, version: Version[PersonaDocument] | None) -> str:
    """What the form begins with: the next version of what is signed, else an example to be written over."""
    return write_document(_EXAMPLE if version is None else corrected(known, at) or version.terms)


_EXAMPLE = {
    "name": "buyers",
    "version": 1,
    "signed_by": ["marketing", "inside_sales", "field_sales"],
    "personas": [{"id": "sales_director", "says": "Head of sales", "wants": "A forecast that holds", "worries": "Another tool to fill in"}],
    "icp": [{"says": "Makers of some size", "industry": ["manufacturing"], "company_size": ["50-299", "300-999"]}],
}

# The figures


def _fit(view: View, answer: FitAnswer, stage: str, caption: str) -> Table:
    fmt = view.fmt
    columns = [
        fmt.say(WORDS[caption]), fmt.say(WORDS["agreed"]), stage, fmt.say(WORDS["of_stage"]).format(stage=stage),
        *fmt.words(WORDS, "won", "of_won", "gap", "won_rate"),
    ]  # fmt: skip
    return Table(fmt.say(WORDS[caption]), columns, [_group(view, one, answer.stage) for one in answer.groups[:_MOST_GROUPS]])


def _group(view: View, one: FitGroup, stage: str) -> list[Cell]:
    fmt = view.fmt
    agreed = NOTHING if one.agreed is None else fmt.say(WORDS["yes" if one.agreed else "no"])
    kind: Literal["muted", "number"] = "muted" if one.small else "number"
    gap = f"{fmt.change(one.gap)}{fmt.say(WORDS['points'])}" if one.gap is not None else NOTHING
    rate = NOTHING if not one.won_rate.of else f"{fmt.percent(one.won_rate.percent)} (n = {fmt.number(one.won_rate.of)})"
    return [
        Cell(_name(view, one.group)),
        Cell(agreed),
        _count(view, one.of_mql.n, one.group, reached=stage),
        Cell(fmt.percent(one.of_mql.percent), kind),
        _count(view, one.of_won.n, one.group, won="true"),
        Cell(fmt.percent(one.of_won.percent), kind),
        Cell(gap, kind),
        Cell(rate, kind),
    ]


def _name(view: View, group: Mapping[str, str | None]) -> str:
    unsaid = view.fmt.say(EVERYWHERE["unsaid"])
    return view.fmt.say(EVERYWHERE["comma"]).join(unsaid if value is None else value for value in group.values())


def _count(view: View, n: int, group: Mapping[str, str | None], **which: str) -> Cell:
    """A number that opens its leads: those whose latest run began in the period asked."""
    if not n:
        return Cell("0", "number")
    began = {"began_from": view.asked.get("from"), "began_until": view.asked.get("until")}
    return Cell(view.fmt.number(n), "count", _leads(view, group, **began, **which))


def _leads(view: View, group: Mapping[str, str | None], **which: str | None) -> str:
    named = {name: UNSAID if value is None else value for name, value in group.items()}
    return view.link("/leads", **{"basis": None, "from": None, "until": None, **which, **named})


def _drift(view: View, answer: DriftAnswer) -> Table:
    """The shares of the personas that were handed over most, period by period, won beside them."""
    fmt = view.fmt
    periods = list(dropwhile(lambda one: not any(group.of_mql.n for group in one.groups), answer.periods))  # None before the first.
    handed: dict[str | None, int] = {}
    for one in periods:
        for group in one.groups:
            name = group.group["persona"]
            handed[name] = handed.get(name, 0) + group.of_mql.n
    names = sorted(handed, key=lambda name: (-handed[name], name or ""))[:_MOST_DRIFTING]
    rows = []
    for name in names:
        cells = []
        for one in periods:
            found = next((group for group in one.groups if group.group["persona"] == name), None)
            began = {"began_from": one.from_.isoformat(), "began_until": one.until.isoformat(), "reached": answer.stage}
            cells += _share(view, found, {"persona": name}, began)
        rows.append([Cell(_name(view, {"persona": name})), *cells])
    columns = [text for one in periods for text in (one.period, fmt.say(WORDS["shares"]))]
    return Table(fmt.say(WORDS["drift"]), [fmt.say(EVERYWHERE["persona"]), *columns], rows)


def _share(view: View, found: FitGroup | None, group: Mapping[str, str | None], began: Mapping[str, str]) -> list[Cell]:
    """How many, which opens their leads, and the two shares."""
    if found is None or not found.of_mql.n:
        return [Cell("0", "number"), Cell(NOTHING, "number")]
    shares = view.fmt.say(WORDS["both_shares"]).format(mql=_told(view, found.of_mql), won=_told(view, found.of_won))
    count = Cell(view.fmt.number(found.of_mql.n), "count", _leads(view, group, **began))
    return [count, Cell(shares, "muted" if found.small else "number")]


def _told(view: View, part: Part) -> str:
    return NOTHING if part.percent is None else f"{view.fmt.percent(round(part.percent))} / {view.fmt.number(part.of)}"


def _feedback(view: View, answer: FeedbackAnswer) -> Table:
    fmt = view.fmt
    said = list(dict.fromkeys(one.persona_fit for one in sorted(answer.feedback, key=lambda one: one.persona_fit)))
    personas_said = list(dict.fromkeys(one.persona for one in answer.feedback))
    counts = {(one.persona, one.persona_fit): one.leads for one in answer.feedback}
    rows = [
        [
            Cell(_name(view, {"persona": persona})),
            *(_count(view, counts.get((persona, word), 0), {"persona": persona}, persona_fit=word) for word in said),
        ]
        for persona in personas_said
    ]
    return Table(fmt.say(WORDS["feedback"]), [fmt.say(EVERYWHERE["persona"]), *(_fit_word(view, word) for word in said)], rows)


def _fit_word(view: View, word: str) -> str:
    return view.fmt.say(WORDS[f"fit_{word}"]) if f"fit_{word}" in WORDS else word


def _choices(view: View) -> Sequence[tuple[str, str, list[tuple[str, str]]]]:
    fmt = view.fmt
    lengths = [(name, fmt.say(WORDS[name])) for name in ("month", "quarter")]
    return [
        ("by", fmt.say(WORDS["drift_by"]), lengths),
        *((name, fmt.say(EVERYWHERE[name]), []) for name in ("channel", "campaign", "region")),
    ]
