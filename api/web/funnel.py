"""`/funnel`: how many leads are in each stage, how far runs come, which share goes on, and how long it takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup
from pydantic import Field

from api import figures as f
from api.dashboards import FunnelQuery, funnel_asked
from api.service import Open
from api.web.charts import Mark, answered_chart, bars
from api.web.figures import SMALL_N
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.view import UNSAID, Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.funnel import WORDS
from api.words import STAGES
from domain.findings import Sentence
from projections.funnel_runs import RunFigure

PAGE = Page("funnel", "/funnel", Sentence("Funnel", "ファネル"))
router = APIRouter()
GROUPS = ("channel", "persona", "industry", "company_size", "department")
OWN = ("mode", "horizon_days", "group_by")


class FunnelPageQuery(PageQuery):
    """How runs are counted, and by what."""

    mode: Literal["all", "any"] | None = Field(None, description="all counts a stage only where every one before it was entered in order.")
    horizon_days: int | None = Field(None, ge=1, le=3_650, description="How long a cohort has to reach the next stage.")
    group_by: Literal["channel", "persona", "industry", "company_size", "department"] | None = Field(None, description="By what.")


class FunnelChartQuery(FunnelPageQuery):
    """What is drawn."""

    show: Literal["came", "are"] = Field("came", description="How far runs came, or where open leads are.")


class Linked(NamedTuple):
    """A figure of the table: its text, what stands before and behind it, and the list it opens (none where there is nothing)."""

    text: str
    href: str = ""
    before: str = ""
    after: str = ""
    is_small: bool = False


class StageRow(NamedTuple):
    """A stage with its figures, in the order of the columns."""

    stage: str
    cells: Sequence[Linked]


@router.get("/funnel")
def funnel(query: Annotated[FunnelPageQuery, Query()], request: Request, service: Open) -> Response:
    """The whole at a glance, then by groups."""
    view = View.of(PAGE, request, service, query)
    answer = funnel_asked(service, view.ask(FunnelQuery, group_by=None))
    groups = [] if query.group_by is None else funnel_asked(service, view.ask(FunnelQuery)).groups
    (whole,) = answer.groups
    return rendered(
        view,
        "funnel.html",
        WORDS,
        agreement=answer.agreement,
        charts=[(name, _chart(view, answer, name), view.link("/charts/funnel.svg", show=name, **_own(view))) for name in ("came", "are")],
        rows=_rows(view, answer, whole),
        groups=[(_group_name(view, group.group), _rows(view, answer, group)) for group in groups],
        grouped=query.group_by and view.fmt.say(EVERYWHERE[query.group_by]),
        choices=_choices(view),
        api=view.api("/v1/funnel", FunnelQuery),
    )


@router.get("/charts/funnel.svg")
def funnel_chart(query: Annotated[FunnelChartQuery, Query()], request: Request, service: Open) -> Response:
    """One of the page's charts as a file."""
    view = View.of(PAGE, request, service, query)
    return answered_chart(_chart(view, funnel_asked(service, view.ask(FunnelQuery, group_by=None)), query.show))


def _own(view: View) -> dict[str, str | None]:
    return {name: view.asked.get(name) for name in OWN}


# Where figures lead


def _leads(view: View, agreement: str, stage: str, group: Mapping[str, str | None]) -> str:
    """The open leads of a stage. A filter by another state or stage leaves none of them, and the list shows that too."""
    named = {name: UNSAID if value is None else value for name, value in group.items()}
    return view.link("/leads", stage=stage, state="open", agreement=agreement, basis=None, from_=None, until=None, **named)


def _runs(view: View, stage: str, figure: RunFigure, group: Mapping[str, str | None]) -> str:
    named = {name: UNSAID if value is None else value for name, value in group.items()}
    return view.link("/funnel/runs", of=stage, figure=figure, **{**_own(view), "group_by": None, **named})


def _group_name(view: View, group: Mapping[str, str | None]) -> str:
    ((name, value),) = group.items()
    if value is None:
        return view.fmt.say(EVERYWHERE["unsaid"])
    return view.fmt.party(value) if name == "department" else value


# The tables


def _rows(view: View, answer: f.FunnelAnswer, group: f.FunnelGroup) -> list[StageRow]:
    by_period = answer.basis == "period"
    following: Sequence[str | None] = (*(stage.stage for stage in group.stages[1:]), None)
    return [
        StageRow(view.fmt.word(STAGES, stage.stage), _cells(view, answer, group.group, stage, after if by_period else None))
        for stage, after in zip(group.stages, following, strict=True)
    ]


def _cells(view: View, answer: f.FunnelAnswer, group: Mapping[str, str | None], stage: f.Stage, entered_after: str | None) -> list[Linked]:
    """Counted by period, what went on are the entries to the stage `entered_after`."""
    fmt, by_period, velocity = view.fmt, answer.basis == "period", stage.velocity.business_seconds
    went_on = _runs(view, entered_after, "entered", group) if entered_after else _runs(view, stage.stage, "next", group)
    cells = [
        _count(view, stage.present, _leads(view, answer.agreement, stage.stage, group)),
        _count(view, stage.entered, _runs(view, stage.stage, "entered", group)),
        Linked(NOTHING) if stage.next is None else _share(view, stage.next, went_on),
        _share(view, stage.overall, _runs(view, stage.stage, "entered" if by_period else "overall", group)),
        Linked(fmt.length(velocity.p50), is_small=velocity.n < SMALL_N),
        _count(view, velocity.n, _runs(view, stage.stage, "stays", group)),
    ]
    if view.asked.get("horizon_days"):
        cells.insert(3, _count(view, stage.immature, _runs(view, stage.stage, "immature", group)))
    return cells


def _count(view: View, n: int, href: str) -> Linked:
    return Linked(view.fmt.number(n), href if n else "")


def _share(view: View, part: f.Part, href: str) -> Linked:
    """`62.5% (5 / 8)`: the list is of the count above the line."""
    fmt = view.fmt
    before, after = f"{fmt.percent(part.percent)} (", f" / {fmt.number(part.of)})"
    return Linked(fmt.number(part.n), href if part.n else "", before, after, is_small=part.of < SMALL_N)


# The charts


def _chart(view: View, answer: f.FunnelAnswer, show: str) -> Markup:
    """A bar a stage: the runs that came so far, with their share of the first stage's, or the open leads in it."""
    fmt, (whole,) = view.fmt, answer.groups
    drawn = []
    for stage in whole.stages:
        name = fmt.word(STAGES, stage.stage)
        came = show == "came"
        n = stage.entered if came else stage.present
        href = _runs(view, stage.stage, "entered", {}) if came else _leads(view, answer.agreement, stage.stage, {})
        said = fmt.say(WORDS["came_mark"]).format(stage=name, n=fmt.number(n))
        drawn.append((name, Mark(n, fmt.number(n), said, href, "series-1" if came else "series-2")))
    return bars(fmt.say(WORDS[show]), drawn)


def _choices(view: View) -> list[tuple[str, str, list[tuple[str, str]]]]:
    fmt, words = view.fmt, {**EVERYWHERE, **WORDS}
    bases = [(basis, fmt.say(words[f"basis_{basis}"])) for basis in ("cohort", "period")]
    return [
        ("group_by", fmt.say(words["group_by"]), [(name, fmt.say(words[name])) for name in GROUPS]),
        ("basis", fmt.say(words["basis"]), bases),
        ("mode", fmt.say(words["mode"]), [("all", fmt.say(words["mode_all"]))]),
        ("department", fmt.say(words["department"]), [(party, fmt.party(party)) for party in view.agreement.departments or ()]),
        *((name, fmt.say(words[name]), []) for name in ("channel", "persona", "industry", "company_size")),
    ]
