"""`/promises`: how each side kept what it promised the other, boundary by boundary; the month's volume; what is on trial, apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup
from pydantic import Field

from api.answering import reading
from api.problems import refused
from api.service import Open, Service
from api.sla import PromisesQuery, kept_promises
from api.web.charts import Colour, Line, Mark, answered_chart, lines
from api.web.figures import Figure
from api.web.pages import rendered
from api.web.promise_pace import Month, paced
from api.web.promise_sides import GROUP_BY, Boundary, Counted, Kept, Side, boundaries, counted
from api.web.view import UNSAID, ElsewhereError, Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.promises import WORDS
from api.words import CLOCK_STATES, PROMISES
from domain.findings import Sentence
from domain.periods import PERIOD_KINDS

PAGE = Page("promises", "/promises", Sentence("Promises", "約束の状況"))
router = APIRouter()
UNASKED = ("stage", "state", "outcome", "campaign", "persona", "industry", "company_size", "region", "basis")
"""Parameters that go along from page to page, and by which promises are not chosen."""
Week = Annotated[str, Field(pattern="^(19|20)[0-9]{2}-W[0-5][0-9]$", examples=["2026-W47"])]
_PERIODS_DRAWN = {"month": 12, "week": 13}
_COLOURS: tuple[Colour, Colour] = ("series-1", "series-2")


class PromisesPageQuery(PageQuery):
    """Which promises, of which month or week."""

    promise: str | None = Field(None, max_length=200, description="Only this promise.")
    month: Month | None = Field(None, description="Only those settled, or falling due, in this month.")
    week: Week | None = Field(None, description="Only those settled, or falling due, in this week.")
    by: Literal["month", "week"] = Field("month", description="The periods of the charts.")

    @property
    def grouping(self) -> Literal["month", "week"]:
        """The periods in which figures are read."""
        return "week" if self.by == "week" or (self.week is not None and self.month is None) else "month"


class TrendQuery(PromisesPageQuery):
    """Which boundary is drawn."""

    giver: str = Field(max_length=200, description="The department on the left.", examples=["marketing"])
    receiver: str = Field(max_length=200, description="The department on the right.", examples=["inside_sales"])
    provisional: Literal["true", "false"] = Field("false", description="What is on trial, or what binds.")


class Shown(NamedTuple):
    """A boundary with its chart, and where that is as a file."""

    boundary: Boundary
    chart: Markup
    picture: str


class Part(NamedTuple):
    """What binds, or what is on trial."""

    on_trial: bool
    boundaries: Sequence[Shown]


@router.get("/promises")
def promises(query: Annotated[PromisesPageQuery, Query()], request: Request, service: Open) -> Response:
    """The figures of all promises, or of a month, a week, a period, a department and, within it, a person."""
    view = View.of(PAGE, request, service, query)
    if query.owner not in (None, UNSAID) and query.department is None:
        raise ElsewhereError(view.link(department=str(query.owner).partition(":")[0]))
    read = _read(view, service, query)
    parts = [Part(on_trial, _shown(view, query, found, on_trial=on_trial)) for on_trial, found in read]
    periods = sorted({one.period for _, found in read for one in found if one.period is not None}, reverse=True)
    return rendered(
        view,
        "promises.html",
        WORDS,
        parts=[part for part in parts if part.boundaries],
        unasked=UNASKED,
        by=query.grouping,
        over=_over(view, query),
        kept_figure=lambda kept, on_trial: _figure(view, query, kept, on_trial=on_trial),
        counts=lambda kept, on_trial: _counts(view, kept, on_trial=on_trial),
        paced=paced(view, service, query.month, query.promise),
        choices=_choices(view, query, periods),
    )


@router.get("/charts/promises.svg")
def promises_chart(query: Annotated[TrendQuery, Query()], request: Request, service: Open) -> Response:
    """How the promises of one boundary were kept from period to period, as a file."""
    view = View.of(PAGE, request, service, query)
    for on_trial, found in _read(view, service, query):
        for boundary in boundaries(found, view.agreement, None):
            if on_trial == (query.provisional == "true") and boundary.parties == (query.giver, query.receiver):
                return answered_chart(_trend(view, query, boundary, on_trial=on_trial))
    raise refused("not-found", "Between these two nothing was promised so far.", "/query/giver")


def _read(view: View, service: Service, query: PromisesPageQuery) -> list[tuple[bool, list[Counted]]]:
    """What binds, and what is on trial, in each period. One read serves the page: months and weeks are grouped by, so that
    the tally can tell."""
    asked = view.ask(PromisesQuery, **{query.grouping: None})
    with reading(service, asked) as reader:
        groups = kept_promises(service, reader, asked, (*GROUP_BY, query.grouping))
        agreements = service.knowledge.shared(reader.known.position).agreements
    return [(on_trial, counted(groups, agreements, on_trial=on_trial)) for on_trial in (False, True)]


def _shown(view: View, query: PromisesPageQuery, found: Sequence[Counted], *, on_trial: bool) -> list[Shown]:
    period = getattr(query, query.grouping)
    return [
        Shown(boundary, _trend(view, query, boundary, on_trial=on_trial), _picture(view, boundary, on_trial=on_trial))
        for boundary in boundaries(found, view.agreement, period)
    ]


def _picture(view: View, boundary: Boundary, *, on_trial: bool) -> str:
    giver, receiver = boundary.parties
    named = {name: view.asked.get(name) for name in ("promise", "by", "week", "month")}
    return view.link("/charts/promises.svg", giver=giver, receiver=receiver, provisional="true" if on_trial else None, **named)


# Figures and where they lead


def _clocks(view: View, promisor: str, promisee: str, *, on_trial: bool, **chosen: str | None) -> str:
    """The list of the clocks behind a figure: as asked, of these parties."""
    named = {name: view.asked.get(name) for name in ("promise", "month", "week")}
    parties = {"department": promisor, "promisee": promisee or None, "provisional": "true" if on_trial else "false"}
    return view.link("/promises/clocks", **{**named, **parties, **chosen})


def _over(view: View, query: PromisesPageQuery) -> str:
    fmt, period = view.fmt, query.month or query.week
    if query.from_ or query.until:
        return fmt.say(WORDS["over_dates"])
    return fmt.say(WORDS["over_all"]) if period is None else fmt.say(WORDS["over_period"]).format(period=period)


def _figure(view: View, query: PromisesPageQuery, kept: Kept, *, on_trial: bool) -> Figure:
    """The percentage, with the clocks that it counts behind it."""
    term, figures, fmt = kept.term, kept.figures, view.fmt
    label = fmt.word(PROMISES, term.kind) + fmt.say(EVERYWHERE["in_brackets"]).format(what=term.promise)
    href = _clocks(view, term.promisor, term.promisee, on_trial=on_trial, promise=term.promise, counted="true")
    return Figure(
        label, fmt.percent(figures.percent), href if figures.n else None, fmt.say(WORDS["kept_formula"]), _over(view, query), figures.n
    )


class Count(NamedTuple):
    """One of the counts under a percentage, and the list it opens."""

    label: str
    text: str
    href: str


def _counts(view: View, kept: Kept, *, on_trial: bool) -> list[Count]:
    """The counts that there are: nought is not listed."""
    term, fmt = kept.term, view.fmt
    found: list[Count] = []
    for state in ("kept", "late", "missed", "overdue", "running", "paused", "paused_closed", "void"):
        if n := getattr(kept.figures, state):
            label = fmt.say(WORDS["overdue_now"]) if state == "overdue" else fmt.word(CLOCK_STATES, state)
            href = _clocks(view, term.promisor, term.promisee, on_trial=on_trial, promise=term.promise, clock_state=state)
            found.append(Count(label, fmt.number(n), href))
    if n := kept.figures.ever_breached:
        href = _clocks(view, term.promisor, term.promisee, on_trial=on_trial, promise=term.promise, breached="true")
        found.append(Count(fmt.say(WORDS["ever_breached"]), fmt.number(n), href))
    return found


# The chart


def _trend(view: View, query: PromisesPageQuery, boundary: Boundary, *, on_trial: bool) -> Markup:
    """Both sides' percentages from period to period; each mark opens the clocks that it counts."""
    fmt, grouping = view.fmt, query.grouping
    settled = {period for side in boundary.sides for period, figures in side.by_period.items() if figures.n}
    periods = sorted(settled)[-_PERIODS_DRAWN[grouping] :]
    told = [
        Line(_side_name(view, side), [_mark(view, side, grouping, period, colour, on_trial=on_trial) for period in periods], colour)
        for side, colour in zip(boundary.sides, _COLOURS, strict=True)
        if side.promises
    ]
    giver, receiver = (fmt.party(party) for party in boundary.parties)
    title = fmt.say(WORDS["trend"]).format(period=fmt.say(WORDS[grouping]), giver=giver, receiver=receiver)
    return lines(title, periods, told, most=100, unit="%")


def _mark(view: View, side: Side, grouping: str, period: str, colour: Colour, *, on_trial: bool) -> Mark | None:
    figures = side.by_period.get(period)
    if figures is None or figures.percent is None:
        return None
    fmt = view.fmt
    href = _clocks(view, side.promisor, side.promisee, on_trial=on_trial, counted="true", **{grouping: period})
    title = fmt.say(WORDS["mark"]).format(
        what=_side_name(view, side), period=period, percent=fmt.percent(figures.percent), n=fmt.number(figures.n)
    )
    return Mark(figures.percent, fmt.percent(figures.percent), title, href, colour)


def _side_name(view: View, side: Side) -> str:
    fmt = view.fmt
    return fmt.say(WORDS["to_whom"]).format(promisor=fmt.party(side.promisor), promisee=fmt.party(side.promisee))


def _choices(view: View, query: PromisesPageQuery, periods: Sequence[str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The filters; a person is asked about within a department."""
    fmt = view.fmt
    timed = [promise for promise in view.agreement.promises if promise.kind not in PERIOD_KINDS]
    words = {**EVERYWHERE, **WORDS}
    named = [(promise.id, f"{fmt.word(PROMISES, promise.kind)} ({promise.id})") for promise in timed]
    promisors = [(party, fmt.party(party)) for party in dict.fromkeys(promise.promisor for promise in timed)]
    return [
        (query.grouping, fmt.say(words[query.grouping]), [(period, period) for period in periods]),
        ("promise", fmt.say(words["promise"]), named),
        ("department", fmt.say(words["promisor"]), promisors),
        *([("owner", fmt.say(words["owner"]), [])] if query.department is not None else []),
        ("channel", fmt.say(words["channel"]), []),
    ]
