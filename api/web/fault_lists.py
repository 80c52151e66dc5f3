"""The lists behind the figures of faults: verdicts, things disputed, and the promises whose time was counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.answering import reading
from api.disputes import DisputesQuery
from api.faults import TimeQuery, time_asked, time_spent
from api.parameters import WHOLE
from api.service import Open
from api.shown_disputes import AllDisputes, Case
from api.verdicts import VerdictOnLead, VerdictsQuery, verdicts_page
from api.web.fault_questions import PAGE, VerdictsPageQuery, asked_by, overlooked, within_a_party
from api.web.fault_words import disputed_code, filters, promise_name
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.view import PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.faults import WORDS
from api.words import CLOCK_STATES, DISPUTE_STATES, VERDICT_STATES
from domain.disputes import State
from domain.vocabulary import Instant
from domain.wording import shares
from projections import sla, spending
from projections.asking import NOT_SAID

router = APIRouter()
_ROWS = 50
_VERDICTS = 25
"""Fewer: to tell a verdict in words its lead is judged."""
_TEXTS = {**EVERYWHERE, **WORDS}
Cursor = Annotated[int, Field(ge=0, le=2**53 - 1, description="How many rows the pages before had."), WHOLE]


# Verdicts


@router.get("/faults/verdicts")
def fault_verdicts(query: Annotated[VerdictsPageQuery, Query()], request: Request, service: Open) -> Response:
    """The verdicts behind a figure, the latest first, each with the way to its lead."""
    view = within_a_party(View.of(PAGE, request, service, query))
    answer = verdicts_page(service, asked_by(view, VerdictsQuery, limit=_VERDICTS))
    return rendered(
        view,
        "fault_list.html",
        WORDS,
        title=view.fmt.say(WORDS["verdicts"]),
        how_many=view.fmt.say(WORDS["all_n"]).format(n=view.fmt.number(answer.n)),
        choices=[*filters(view), _standings(view)],
        overlooked=overlooked(view),
        table=Table(view.fmt.say(WORDS["verdicts"]), _heads(view), [_verdict(one, view) for one in answer.verdicts]),
        next_page=answer.next and view.link(cursor=answer.next),
        api=view.api("/v1/verdicts", VerdictsQuery, cursor=None, by=None),
        back=view.link("/faults", **{name: view.asked[name] for name in _KEPT if name in view.asked}),
    )


_KEPT = ("party", "code", "handoff", "month", "week")


def _standings(view: View) -> tuple[str, str, list[tuple[str, str]]]:
    names = ("final", "disputed", "provisional", "overturned")
    return "standing", view.fmt.say(WORDS["standing"]), [(name, view.fmt.say(WORDS[name])) for name in names]


def _heads(view: View) -> list[str]:
    return view.fmt.words(_TEXTS, "lead", "since", "code", "sentence", "shares", "overrun", "status")


def _verdict(one: VerdictOnLead, view: View) -> list[Cell]:
    fmt, verdict = view.fmt, one.verdict
    return [
        Cell(one.lead, "link", view.lead(one.lead, f"verdict-{verdict.id}")),
        Cell(fmt.when(verdict.since)),
        Cell(disputed_code(verdict.code, view)),
        Cell(fmt.say(verdict.sentence)),
        Cell(fmt.say(shares(verdict.shares))),
        Cell(fmt.length(sum(verdict.overrun_seconds.values()) or None), "number"),
        Cell(fmt.word(VERDICT_STATES, verdict.status)),
    ]


# What was disputed

Became = Literal["pending", "withdrawn", "ruled", "upheld", "overturned", "split"]
_STATES: dict[Became, tuple[State, ...]] = {
    "pending": ("opened", "unanswered", "answered"),
    "withdrawn": ("withdrawn",),
    "ruled": ("upheld", "overturned", "split"),
    "upheld": ("upheld",),
    "overturned": ("overturned",),
    "split": ("split",),
}


class DisputedPageQuery(PageQuery):
    """Which things disputed, and which page of them."""

    code: str | None = Field(None, max_length=20, description="Only about verdicts of this code, or `rejection`.")
    party: str | None = Field(None, max_length=200, description="Only about what charges this department.")
    became: Became | None = Field(None, description="Only those of which this became.")
    cursor: Cursor = 0


def chosen_cases(
    disputes: Iterable[Sequence[Case]], as_of: Instant, *, became: Became | None = None, code: str | None = None, party: str | None = None
) -> list[Case]:
    """The things disputed that were asked for, in the order of the book; what came too late is none. An empty code asks for
    those that have none."""
    return [
        case
        for cases in disputes
        for case in cases
        if not case.out_of_time
        and (became is None or case.matter.state_at(as_of) in _STATES[became])
        and code in (None, case.code or "")
        and (party is None or party in case.departments)
    ]


@router.get("/faults/disputes")
def fault_disputes(query: Annotated[DisputedPageQuery, Query()], request: Request, service: Open) -> Response:
    """Everything that was disputed, one row for each thing that a dispute is about."""
    view = View.of(PAGE, request, service, query)
    with reading(service, view.query) as reader:
        asked = view.query.model_dump(include={"code", "party", "became"})
        found = chosen_cases(AllDisputes(service, reader).disputes(), reader.known.as_of, **asked)
    end = query.cursor + _ROWS
    became = [(name, view.fmt.say(WORDS[name])) for name in _STATES]
    return rendered(
        view,
        "fault_list.html",
        WORDS,
        title=view.fmt.say(WORDS["disputes"]),
        how_many=view.fmt.say(WORDS["all_disputed"]).format(n=view.fmt.number(len(found))),
        choices=[*filters(view)[:2], ("became", view.fmt.say(WORDS["status"]), became)],
        overlooked=[],
        table=disputes_table(found[query.cursor : end], view),
        next_page=view.link(cursor=end) if len(found) > end else None,
        api=view.api("/v1/disputes", DisputesQuery, department=query.party, state=None, cursor=None),
        back=view.link("/faults"),
    )


def disputes_table(cases: Sequence[Case], view: View) -> Table:
    """Things disputed, each with how it stands and until when somebody is to act."""
    columns = view.fmt.words(_TEXTS, "about", "code", "party", "by", "opened", "status", "until_when")
    return Table(view.fmt.say(WORDS["disputes"]), columns, [_case(case, view) for case in cases])


def _case(case: Case, view: View) -> list[Cell]:
    fmt, row, state = view.fmt, case.matter, case.matter.state_at(view.known.as_of)
    about = f"{fmt.say(WORDS['whole_month'])}" if row.lead is None else row.lead
    href = f"/v1/verdicts/{row.about}" if row.lead is None else view.lead(row.lead, "disputes")
    until = row.answer_by if state == "opened" else row.rule_by if state in _STATES["pending"] else None
    return [
        Cell(about, "link", href),
        Cell(disputed_code(case.code, view)),
        Cell(fmt.say(EVERYWHERE["comma"]).join(fmt.party(party) for party in case.departments) or NOTHING),
        Cell(fmt.party(row.by)),
        Cell(fmt.when(row.opened_at)),
        Cell(fmt.word(DISPUTE_STATES, state)),
        Cell(fmt.when(until)),
    ]


# The promises whose time was counted


class ClocksPageQuery(PageQuery):
    """Whose time was counted, and which page of it."""

    handoff: str | None = Field(None, max_length=200, description="Only at the handoff at this stage.")
    party: str | None = Field(None, max_length=200, description="Only this party's.")
    promise: str | None = Field(None, max_length=200, description="Only under this promise.")
    month: str | None = Field(None, max_length=7, description="Only promises settled in this month.")
    counted: Literal["paused"] | None = Field(None, description="Those that rest, in the place of those whose time is told.")
    cursor: Cursor = 0


@router.get("/faults/time")
def fault_time(query: Annotated[ClocksPageQuery, Query()], request: Request, service: Open) -> Response:
    """The promises behind a figure of where time went."""
    view = View.of(PAGE, request, service, query)
    with reading(service, view.query) as reader:
        tables, of = reader.tables, asked_by(view, TimeQuery)
        asked, handoff = time_asked(service, reader, of), view.query.model_dump()["handoff"]
        named = {"leg": handoff, "promise": query.promise, "provisional": "false"}
        asked = asked._replace(filters={**asked.filters, **{name: value for name, value in named.items() if value is not None}})
        which = spending.resting if query.counted == "paused" else spending.counted
        only = which(tables.clocks, reader.known.as_of)
        told = [one for one in time_spent(service, reader, of) if not one.provisional]
        told = [one for one in told if handoff in (None, one.handoff or NOT_SAID) and query.promise in (None, one.promise)]
        n = sum(one.paused if query.counted == "paused" else one.n for one in told)
        found = sla.listed(tables.connection, tables.clocks, asked, "lead", None, query.cursor + _ROWS, only)[query.cursor :]
    return rendered(
        view,
        "fault_list.html",
        WORDS,
        title=view.fmt.say(WORDS["clocks"]),
        how_many=view.fmt.say(WORDS["all_clocks"]).format(n=view.fmt.number(n)),
        choices=[one for one in filters(view) if one[0] in ("handoff", "party", "channel", "month")],
        overlooked=[],
        table=_clocks(found, view),
        next_page=view.link(cursor=query.cursor + _ROWS) if n > query.cursor + _ROWS else None,
        api=None,
        back=view.link("/faults"),
    )


def _clocks(rows: Sequence[sla.ClockRow], view: View) -> Table:
    fmt = view.fmt
    columns = fmt.words(_TEXTS, "lead", "promise", "party", "state", "due", "used", "allowed", "overrun")
    return Table(fmt.say(WORDS["clocks"]), columns, [_clock(row, view) for row in rows])


def _clock(row: sla.ClockRow, view: View) -> list[Cell]:
    fmt, used, allowed = view.fmt, row.used_seconds, row.allowed_seconds
    over = None if used is None or allowed is None else max(used - allowed, 0) or None
    return [
        Cell(row.lead, "link", view.lead(row.lead)),
        Cell(promise_name(row.promise, view)),
        Cell(fmt.party(row.promisor)),
        Cell(fmt.word(CLOCK_STATES, row.state)),
        Cell(fmt.when(row.due_at)),
        Cell(fmt.length(used), "number"),
        Cell(fmt.length(allowed), "number"),
        Cell(fmt.length(over), "number"),
    ]
