"""`/agreement`: what the departments promised each other, in words; who signed it; what another version changes; and what a
draft would have made of history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.agreements import agreements_at, propose, sign, withdraw, yaml_document
from api.problems import ProblemError, refused
from api.replays import Replayed, WhatIfAnswer
from api.security import Caller
from api.service import Open, Service
from api.versions import ShownVersion, shown_version
from api.web.agreement_terms import Terms, terms_of
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.posting import Failed, read_form, read_upload
from api.web.view import Page, PageQuery, View, with_offset
from api.web.words import EVERYWHERE
from api.web.words.agreement import AGREEMENT_STATES, WORDS
from api.what_if import WhatIfQuery, tried
from api.words import CLOCK_STATES, PROMISES, word
from domain.agreement_differences import differences
from domain.agreements import Agreements, Version
from domain.findings import Sentence
from ledger.documents import write_document
from ledger.terms import written

PAGE = Page("agreement", "/agreement", Sentence("Agreement", "部門間SLA"))
router = APIRouter()
_TEXTS = {**EVERYWHERE, **WORDS}
_ID = Field(None, max_length=220, description="A version of the agreement, such as the-model@1.")


class AgreementPageQuery(PageQuery):
    """Which version is shown, and which one it is compared with."""

    version: Annotated[str | None, _ID]
    before: Annotated[str | None, _ID]
    after: Annotated[str | None, _ID]


class Difference(NamedTuple):
    """A term that one of two versions has, or both have in other words."""

    place: str
    before: str
    after: str


@router.get("/agreement")
def agreement(query: Annotated[AgreementPageQuery, Query()], request: Request, service: Open) -> Response:
    """The version in force, or the one asked for."""
    return _page(View.of(PAGE, request, service, query), service, query)


@router.post("/agreement/acts")
async def act_on_agreement(query: Annotated[AgreementPageQuery, Query()], request: Request, service: Open) -> Response:
    """A form that proposes, signs or withdraws: recorded, or shown again with every reason why not."""
    form = await read_form(request, service)
    view = replace(View.of(PAGE, request, service, query), path="/agreement")
    try:
        named = await _act(service, view.caller, form)
    except ProblemError as error:
        return await anyio.to_thread.run_sync(_page, view, service, query, Failed(error.problem, form))
    return Response(status_code=303, headers={"Location": view.link(version=named)})


@router.post("/agreement/draft")
async def try_on_history(query: Annotated[AgreementPageQuery, Query()], request: Request, service: Open) -> Response:
    """A draft, pasted or as a file, tried on history. Nothing is written."""
    sent = await read_upload(request, service)
    view = replace(View.of(PAGE, request, service, query), path="/agreement")
    text = sent.files["file"][1] if "file" in sent.files else sent.fields.get("document", "").encode()
    asked = WhatIfQuery.model_validate({name: view.asked[name] for name in ("as_of", "known_at", "from", "until") if name in view.asked})
    form = {"act": "try", "document": text.decode(errors="replace")}
    try:
        answer = await anyio.to_thread.run_sync(lambda: tried(service, asked, yaml_document(text)))
    except ProblemError as error:
        return await anyio.to_thread.run_sync(_page, view, service, query, Failed(error.problem, form))
    return await anyio.to_thread.run_sync(lambda: _page(view, service, query, answer=answer, draft=form["document"]))


async def _act(service: Service, caller: Caller, form: Mapping[str, str]) -> str:
    """Does what a form says; the version that it is about. Raises ProblemError."""
    for name in ("department", "person"):
        if name not in form:
            raise refused("malformed", "Say for which department you act, and your name.", f"/{name}")
    actor = f"{form['department']}:{form['person']}"
    match form.get("act"):
        case "propose":
            day = form.get("effective_from")
            zone = service.knowledge.shared(service.book.head().position).agreement_at(service.book.clock()).zone
            since = None if day is None else with_offset(day, ZoneInfo(zone))
            return await propose(service, caller, yaml_document(form.get("document", "").encode()), actor, since)
        case "sign":
            await sign(service, caller, form.get("version", ""), actor)
        case "withdraw":
            await withdraw(service, caller, form.get("version", ""), actor, form.get("reason", ""))
        case _:
            raise refused("malformed", "A form about an agreement proposes, signs or withdraws it.", "/act")
    return form["version"]


def _page(
    view: View,
    service: Service,
    query: AgreementPageQuery,
    failed: Failed | None = None,
    *,
    answer: WhatIfAnswer | None = None,
    draft: str | None = None,
) -> Response:
    found = agreements_at(service, view.query.as_of, view.asked.get("known_at"))
    agreed, fmt = found.agreed, view.fmt
    version = _named(agreed, query.version or agreed.at(found.as_of).id)
    shown = shown_version(agreed, version.id, found.as_of, view.disclosure)
    document = written(version.terms)
    return rendered(
        view,
        "agreement.html",
        WORDS,
        status=200 if failed is None else failed.problem.status,
        shown=shown,
        state=fmt.word(AGREEMENT_STATES, shown.state),
        versions=_versions([shown_version(agreed, name, found.as_of, view.disclosure) for name in agreed.versions], view),
        signatures=_signatures(shown, view),
        terms=[(fmt.say(WORDS[one.heading]), [fmt.say(term.says) for term in one.terms]) for one in _terms(version) if one.terms],
        document=write_document(document),
        names=list(agreed.versions),
        compared=_compared(agreed, query, view),
        departments=[*dict.fromkeys([*shown.binds, "operations"])],
        may_withdraw=shown.state in ("trial", "proposed", "signed") and shown.proposed is not None,
        failed=failed,
        draft=draft if draft is not None else write_document(document),
        answer=answer,
        tried=answer and _tried(answer.promises, view),
        differing=answer and _differing(answer, view),
        acts=view.link("/agreement/acts", version=query.version),
        trial=view.link("/agreement/draft", version=query.version),
    )


def _named(agreed: Agreements, name: str) -> Version:
    if name not in agreed.versions:
        raise refused("not-found", "The ledger holds no agreement of this name and version at that moment.", "/query/version")
    return agreed.versions[name]


def _terms(version: Version) -> list[Terms]:
    return terms_of(version.agreement, written(version.terms))


def _versions(versions: Sequence[ShownVersion], view: View) -> Table:
    fmt = view.fmt
    columns = fmt.words(_TEXTS, "version", "state", "proposed_by", "in_force_from", "in_force_until", "wanting")
    rows = [
        [
            Cell(one.agreement, "link", view.link(version=one.agreement)),
            Cell(fmt.word(AGREEMENT_STATES, one.state)),
            Cell(fmt.say(WORDS["built_in"]) if one.proposed is None else one.proposed.by or fmt.say(WORDS["by_import"])),
            Cell(fmt.when(one.in_force_from)),
            Cell(fmt.when(one.in_force_until)),
            Cell(fmt.say(EVERYWHERE["comma"]).join(fmt.party(party) for party in one.missing) or NOTHING),
        ]
        for one in versions
    ]
    return Table(fmt.say(WORDS["versions"]), columns, rows)


def _signatures(shown: ShownVersion, view: View) -> Table:
    """Each with the way to its event and to the proof of it."""
    fmt = view.fmt
    rows = [
        [
            Cell(fmt.party(one.department)),
            Cell(one.by),
            Cell(fmt.when(one.at)),
            Cell(str(one.position), "link", f"/v1/events/{one.position}"),
            Cell(fmt.say(WORDS["proof"]), "link", f"/v1/events/{one.position}/proof"),
        ]
        for one in shown.signed
    ]
    return Table(fmt.say(WORDS["signatures"]), fmt.words(_TEXTS, "party", "by", "at", "event", "proof"), rows)


# What differs


def _compared(agreed: Agreements, query: AgreementPageQuery, view: View) -> tuple[Table, list[str]] | None:
    """Two versions beside each other: what their sentences say, and what the documents do. None where none were named."""
    if query.before is None or query.after is None:
        return None
    before, after = _named(agreed, query.before), _named(agreed, query.after)
    rows = [[Cell(one.place), Cell(one.before), Cell(one.after)] for one in _differences(before, after, view)]
    table = Table(f"{before.id} → {after.id}", view.fmt.words(_TEXTS, "term", "before", "after"), rows)
    return table, differences(written(before.terms), written(after.terms))


def _differences(before: Version, after: Version, view: View) -> list[Difference]:
    old, new = ({term.place: view.fmt.say(term.says) for one in _terms(version) for term in one.terms} for version in (before, after))
    return [
        Difference(place, old.get(place, NOTHING), new.get(place, NOTHING))
        for place in dict.fromkeys([*old, *new])
        if old.get(place) != new.get(place)
    ]


# A draft tried on history


def _tried(promises: Sequence[Replayed], view: View) -> Table:
    fmt = view.fmt
    names = ("promise", "today_kept", "draft_kept", "points", "today_n", "draft_n", "today_broken", "draft_broken")
    rows = [
        [
            Cell(f"{fmt.word(PROMISES, one.promise.partition('.')[0])}{fmt.say(EVERYWHERE['in_brackets']).format(what=one.promise)}"),
            Cell(fmt.percent(one.today.percent), "number"),
            Cell(fmt.percent(one.draft.percent), "number"),
            Cell(fmt.change(one.difference.percent), "number"),
            Cell(fmt.number(one.today.n), "number"),
            Cell(fmt.number(one.draft.n), "number"),
            Cell(fmt.number(one.today.late + one.today.missed + one.today.overdue), "number"),
            Cell(fmt.number(one.draft.late + one.draft.missed + one.draft.overdue), "number"),
        ]
        for one in promises
    ]
    return Table(fmt.say(WORDS["promises"]), fmt.words(_TEXTS, *names), rows)


def _differing(answer: WhatIfAnswer, view: View) -> Table:
    fmt = view.fmt
    none = WORDS["none"]
    rows = [
        [
            Cell(one.lead, "link", view.lead(one.lead)),
            Cell(f"{fmt.word(PROMISES, one.promise.partition('.')[0])}{fmt.say(EVERYWHERE['in_brackets']).format(what=one.promise)}"),
            Cell(fmt.say(none if one.today is None else word(CLOCK_STATES, one.today))),
            Cell(fmt.say(none if one.draft is None else word(CLOCK_STATES, one.draft))),
        ]
        for one in answer.differences
    ]
    caption = fmt.say(WORDS["differing"]).format(n=fmt.number(answer.n), leads=fmt.number(answer.leads_differing))
    return Table(caption, fmt.words(_TEXTS, "lead", "promise", "today", "draft"), rows)
