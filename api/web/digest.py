"""`/digest`: what became of the leads, for whoever gave them. A page of its own, and no part of the meeting: whoever gave a lead looks
at any month or week, and at each lead, also where no meeting is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.digest.answer import DigestAnswer, DigestCount, DigestGroup, DigestLead, DigestQuery, Report, Stayed, What, digest_asked
from api.parameters import PERIOD_PATTERN
from api.service import Open
from api.turned_down import Kind
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.kpis import neighbours
from api.web.pages import rendered
from api.web.view import UNSAID, Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.digest import WORDS
from api.words import OUTCOMES
from domain.findings import Sentence
from domain.vocabulary import instant

PAGE = Page("digest", "/digest", Sentence("Told back", "リードのその後"))
router = APIRouter()
UNASKED = ("stage", "state", "outcome", "department", "owner", "campaign", "industry", "company_size", "region", "basis", "agreement")
_MOST = 50
_TEXTS: Mapping[str, Sentence] = {**EVERYWHERE, **WORDS}
_WHAT: Mapping[str, Sentence] = {**OUTCOMES, "rejected": WORDS["rejected"], "returned": WORDS["returned"]}
_SAID: Mapping[str, Sentence] = {**_WHAT, "retained": WORDS["retained"], "churned": WORDS["churned"]}


class DigestPageQuery(PageQuery):
    """Which period, and which of its leads are listed."""

    period: str | None = Field(None, pattern=PERIOD_PATTERN, description="A month or a week.")
    what: What | None = Field(None, description="List only leads to which this happened.")
    kind: Kind | None = Field(None, description="List only rejections of this kind.")
    reason: str | None = Field(None, max_length=200, description="List only those for this reason.")


class ToldBack(NamedTuple):
    """The digest in the words of a language, in the order of the page. `leads` are all that were asked for."""

    title: str
    held: str
    owed: str
    counts: Table
    channels: Table
    personas: Table
    leads: Table
    reports: Table
    retention: Table


@router.get("/digest")
def digest(query: Annotated[DigestPageQuery, Query()], request: Request, service: Open) -> Response:
    """Every number opens the leads that it counts, below."""
    view = View.of(PAGE, request, service, query)
    answer = digest_asked(service, view.ask(DigestQuery))
    told = told_back(view, answer)
    chosen = [name for name in ("what", "kind", "reason", "channel", "persona") if name in view.asked]
    return rendered(
        view,
        "digest.html",
        WORDS,
        title=told.title,
        told=told,
        leads=told.leads._replace(rows=told.leads.rows[:_MOST]),
        more=max(answer.n - _MOST, 0),
        reports=told.reports._replace(rows=told.reports.rows[:_MOST]),
        more_reports=max(len(answer.reports) - _MOST, 0),
        n=answer.n,
        period=answer.period,
        neighbours=None if answer.period is None else neighbours(view, view.agreement, answer.period),
        every=view.link(None, "leads", **dict.fromkeys(chosen)) if chosen else None,
        unasked=UNASKED,
        markdown=view.api("/v1/digest", DigestQuery, format="markdown", lang=view.language),
        api=view.api("/v1/digest", DigestQuery),
    )


def told_back(view: View, answer: DigestAnswer) -> ToldBack:
    """The digest in the view's language."""
    fmt = view.fmt
    period = answer.period or f"{fmt.when(answer.from_)} → {fmt.when(answer.until)}"
    owed = fmt.say(WORDS["owed"]).format(running=fmt.number(answer.owed.running), overdue=fmt.number(answer.owed.overdue))
    return ToldBack(
        title=fmt.say(WORDS["title"]).format(period=period),
        held=fmt.say(WORDS["held"]).format(as_of=fmt.when(answer.as_of), position=fmt.number(answer.position)),
        owed=owed,
        counts=_table(view, "counts", ("what", "kind", "reason", "n", "amount"), [_count(view, one) for one in answer.counts]),
        channels=_groups(view, answer.groups, "channel"),
        personas=_groups(view, answer.groups, "persona"),
        leads=_table(
            view,
            "leads",
            ("lead", "what", "kind", "reason", "at", "channel", "persona", "amount", "told"),
            [_lead(view, one) for one in answer.leads],
        ),
        reports=_table(
            view, "reports", ("lead", "what", "reason", "to", "by", "persona_fit", "at"), [_report(view, one) for one in answer.reports]
        ),
        retention=_table(view, "retention", ("lead", "handed_at", "due_at", "said"), [_stayed(view, one) for one in answer.retention]),
    )


def _table(view: View, caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    return Table(view.fmt.say(WORDS[caption]), view.fmt.words(_TEXTS, *columns), rows)


def _opens(view: View, n: int, **which: str | None) -> Cell:
    """A number that opens its leads on this page; what else is chosen gives way."""
    if not n:
        return Cell("0", "number")
    asked = {**dict.fromkeys(("what", "kind", "reason", "channel", "persona")), **which}
    return Cell(view.fmt.number(n), "count", view.link(None, "leads", **asked))


def _count(view: View, one: DigestCount) -> list[Cell]:
    fmt = view.fmt
    kind = NOTHING if one.kind is None else fmt.say(WORDS[one.kind])
    which = {"what": one.what, "kind": one.kind, "reason": one.reason or UNSAID}
    return [
        Cell(fmt.word(_WHAT, one.what)),
        Cell(kind),
        Cell(one.reason or NOTHING),
        _opens(view, one.n, **which),
        Cell(_money(view, one.amounts), "number"),
    ]


def _groups(view: View, groups: Sequence[DigestGroup], by: Literal["channel", "persona"]) -> Table:
    """A row a channel or persona, a column each thing that happened."""
    fmt = view.fmt
    mine = [one for one in groups if one.by == by]
    whats = [what for what in _WHAT if any(one.counts.get(what) for one in mine)]
    rows = []
    for one in mine:
        name = fmt.say(EVERYWHERE["unsaid"]) if one.value is None else one.value
        counts = [_opens(view, one.counts.get(what, 0), **{"what": what, by: one.value or UNSAID}) for what in whats]
        rows.append([Cell(name), *counts, Cell(_money(view, one.amounts), "number")])
    columns = [fmt.say(EVERYWHERE[by]), *(fmt.word(_WHAT, what) for what in whats), fmt.say(WORDS["amount"])]
    return Table(fmt.say(WORDS[f"{by}s"]), columns, rows)


def _lead(view: View, one: DigestLead) -> list[Cell]:
    fmt = view.fmt
    ours = one.what in OUTCOMES
    told = NOTHING if not ours else fmt.say(WORDS["no" if one.reported_by is None else "yes"])
    return [
        Cell(one.lead, "link", view.lead(one.lead, "" if one.position is None else f"event-{one.position}")),
        Cell(fmt.word(_WHAT, one.what)),
        Cell(NOTHING if one.kind is None else fmt.say(WORDS[one.kind])),
        Cell(one.reason or NOTHING),
        Cell(fmt.when(instant(one.at)), "time"),
        Cell(one.channel or NOTHING),
        Cell(one.persona or NOTHING),
        Cell(fmt.money(one.amount, one.currency), "number"),
        Cell(told) if one.reported_by is None else Cell(told, "link", view.lead(one.lead, f"event-{one.reported_by}")),
    ]


def _report(view: View, one: Report) -> list[Cell]:
    fmt = view.fmt
    fit = NOTHING if one.persona_fit is None else fmt.word(WORDS, one.persona_fit)
    return [
        Cell(one.lead, "link", view.lead(one.lead, f"event-{one.position}")),
        Cell(fmt.word(_SAID, one.outcome)),
        Cell(one.reason or NOTHING),
        Cell(fmt.party(one.to)),
        Cell(one.by or NOTHING),
        Cell(fit),
        Cell(fmt.when(instant(one.at)), "time"),
    ]


def _stayed(view: View, one: Stayed) -> list[Cell]:
    fmt = view.fmt
    said = fmt.word(_SAID, one.said) if one.said is not None else fmt.say(WORDS["owed_now" if one.is_owed else "waiting"])
    return [
        Cell(one.lead, "link", view.lead(one.lead)),
        Cell(fmt.when(instant(one.handed_at)), "time"),
        Cell(fmt.when(instant(one.due_at)), "time"),
        Cell(said) if one.position is None else Cell(said, "link", view.lead(one.lead, f"event-{one.position}")),
    ]


def _money(view: View, amounts: Mapping[str, int]) -> str:
    fmt = view.fmt
    return fmt.say(EVERYWHERE["comma"]).join(fmt.money(amount, currency) for currency, amount in amounts.items()) or NOTHING
