"""`/returns`: what each channel and campaign brought for what it cost, and where the leads that did not come further were left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.dashboards import FunnelQuery, funnel_asked
from api.returns import LeftStage, ReturnGroup, ReturnsAnswer, ReturnsQuery, StagesAnswer, StagesQuery, returns_asked, stages_asked
from api.service import Open, Service
from api.web.figures import SMALL_N, Cell, Table
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.view import UNSAID, Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.returns import WORDS
from api.words import STAGES
from domain.findings import Sentence

PAGE = Page("returns", "/returns", Sentence("Channel return", "チャネル別の費用対効果"))
router = APIRouter()
UNASKED = ("basis",)
Attribute = Literal["channel", "campaign", "persona", "industry", "company_size"]
ATTRIBUTES: tuple[str, ...] = ("channel", "campaign", "persona", "industry", "company_size")
_TOLD_STAGES = ("mql", "sql")
_STATES = ("open", "closed", "merged")
_MOST_GROUPS = 100


class ReturnsPageQuery(PageQuery):
    """By what, and in which currency."""

    group_by: Attribute | None = Field(None, description="By what; the channel if absent.")
    and_by: Attribute | None = Field(None, description="And by what.")
    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="All money in this currency.")


@router.get("/returns")
def returns(query: Annotated[ReturnsPageQuery, Query()], request: Request, service: Open) -> Response:
    """The groups with the whole above them, then stage by stage."""
    view = View.of(PAGE, request, service, query)
    by = ",".join(dict.fromkeys(filter(None, (query.group_by or "channel", query.and_by))))
    answer = returns_asked(service, view.ask(ReturnsQuery, group_by=by))
    groups = answer.groups[:_MOST_GROUPS]
    return rendered(
        view,
        "returns.html",
        WORDS,
        notes=list(_notes(view, answer)),
        table=_table(view, answer, by.split(","), groups),
        more=len(answer.groups) - len(groups),
        left=_left(view, service, stages_asked(service, view.ask(StagesQuery))),
        unasked=UNASKED,
        choices=_choices(view),
        api=view.api("/v1/returns", ReturnsQuery, group_by=by),
        stages_api=view.api("/v1/returns/stages", StagesQuery),
    )


def _notes(view: View, answer: ReturnsAnswer) -> Iterable[str]:
    """What the money of this answer is to be read with."""
    fmt = view.fmt
    if answer.costs != "whole_months":
        yield fmt.say(WORDS[answer.costs])
    if answer.not_in_groups:
        yield fmt.say(WORDS["not_in_groups"]).format(money=_sums(view, answer.not_in_groups))
    for rate in answer.rates:
        there, here = fmt.money(rate.numerator, rate.to), fmt.money(rate.denominator, rate.currency)
        yield fmt.say(WORDS["rate"]).format(here=here, there=there, day=fmt.date(rate.from_))


def _sums(view: View, amounts: Mapping[str, int | None]) -> str:
    """Amounts by currency, one behind the other."""
    said = [view.fmt.money(amount, currency) for currency, amount in sorted(amounts.items()) if amount is not None]
    return view.fmt.say(EVERYWHERE["comma"]).join(said) or NOTHING


# The groups


def _table(view: View, answer: ReturnsAnswer, by: Sequence[str], groups: Sequence[ReturnGroup]) -> Table:
    fmt, stages = view.fmt, [stage for stage in _TOLD_STAGES if stage in answer.total.reached]
    names = [fmt.word(STAGES, stage) for stage in stages]
    per = [fmt.say(WORDS["per_one"]).format(what=name) for name in (fmt.say(WORDS["lead"]), *names, fmt.say(WORDS["won"]))]
    columns = [
        fmt.say(EVERYWHERE["comma"]).join(fmt.say(EVERYWHERE[name]) for name in by),
        fmt.say(WORDS["leads"]), *names, *fmt.words(WORDS, "won", "won_amount", "cost"), *per, fmt.say(WORDS["returned"]),
    ]  # fmt: skip
    whole = _row(view, answer.total, fmt.say(WORDS["whole"]), stages)
    return Table(fmt.say(WORDS["groups"]), columns, [whole, *(_row(view, group, _name(view, group), stages) for group in groups)])


def _name(view: View, group: ReturnGroup) -> str:
    unsaid = view.fmt.say(EVERYWHERE["unsaid"])
    return view.fmt.say(EVERYWHERE["comma"]).join(unsaid if value is None else value for value in group.group.values())


def _row(view: View, group: ReturnGroup, name: str, stages: Sequence[str]) -> list[Cell]:
    fmt, money = view.fmt, group.money
    counts = [_count(view, group.leads, group.group)]
    counts += [_count(view, group.reached[stage], group.group, reached=stage) for stage in stages]
    counts.append(_count(view, group.won.n, group.group, won="true"))
    per = [
        _sums(view, {currency: sums.cost_per[one].amount for currency, sums in money.items() if one in sums.cost_per})
        for one in ("leads", *stages, "won")
    ]
    shares = [sums.returned.percent for sums in money.values() if sums.returned is not None]
    returned = fmt.say(EVERYWHERE["comma"]).join(map(fmt.percent, shares)) or NOTHING
    sums = [_sums(view, {currency: one.won for currency, one in money.items() if one.won}), _sums(view, _costs(group)), *per, returned]
    small = group.won.n < SMALL_N
    return [Cell(name), *counts, *(Cell(text, "muted" if small and place > 1 else "number") for place, text in enumerate(sums))]


def _costs(group: ReturnGroup) -> dict[str, int | None]:
    return {currency: sums.cost for currency, sums in group.money.items()}


def _count(view: View, n: int, group: Mapping[str, str | None], **which: str) -> Cell:
    return Cell(view.fmt.number(n), "count", _leads(view, group, **which) if n else "")


def _leads(view: View, group: Mapping[str, str | None], **which: str) -> str:
    """The leads behind a number: those that came in the same period."""
    named = {name: UNSAID if value is None else value for name, value in group.items()}
    began = {"began_from": view.asked.get("from"), "began_until": view.asked.get("until")}
    return view.link("/leads", **{"basis": None, "from": None, "until": None, **began, **which, **named})


# Where they were left


def _left(view: View, service: Service, answer: StagesAnswer) -> Table:
    """Stage by stage, beside how long leads stay there and how old the open ones are."""
    fmt = view.fmt
    (whole,) = funnel_asked(service, view.ask(FunnelQuery, group_by=None, basis=None)).groups
    stays = {stage.stage: (stage.velocity.business_seconds.p50, stage.age.business_seconds.p50) for stage in whole.stages}
    states = [state for state in _STATES if state != "merged" or any("merged" in stage.lying for stage in answer.stages)]
    columns = [
        *fmt.words({**EVERYWHERE, **WORDS}, "stage", "reached", "of_all"),
        *(fmt.say(WORDS[f"lying_{state}"]) for state in states),
        *fmt.words(WORDS, "open_amounts", "closed_amounts", "stay", "age"),
    ]
    return Table(fmt.say(WORDS["left"]), columns, [_stage(view, stage, states, stays) for stage in answer.stages])


def _stage(view: View, stage: LeftStage, states: Sequence[str], stays: Mapping[str, tuple[float | None, float | None]]) -> list[Cell]:
    fmt = view.fmt
    stay, age = stays.get(stage.stage, (None, None))
    return [
        Cell(fmt.word(STAGES, stage.stage)),
        _count(view, stage.reached.n, {}, reached=stage.stage),
        Cell(fmt.percent(stage.reached.percent), "number"),
        *(_count(view, stage.lying.get(state, 0), {}, stage=stage.stage, state=state) for state in states),
        *(Cell(_sums(view, stage.amounts.get(state, {})), "number") for state in ("open", "closed")),
        Cell(fmt.length(stay), "number"),
        Cell(fmt.length(age), "number"),
    ]


def _choices(view: View) -> list[tuple[str, str, list[tuple[str, str]]]]:
    fmt, words = view.fmt, {**EVERYWHERE, **WORDS}
    attributes = [(name, fmt.say(words[name])) for name in ATTRIBUTES]
    return [
        ("group_by", fmt.say(words["group_by"]), attributes),
        ("and_by", fmt.say(words["and_by"]), attributes),
        ("currency", fmt.say(words["currency"]), []),
        *((name, fmt.say(words[name]), []) for name in (*ATTRIBUTES, "region")),
    ]
