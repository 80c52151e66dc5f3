"""`/kpis`: the chain of figures for all departments, where its gaps arose, what a revenue takes, and the form that sets a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, NamedTuple, get_args

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, ValidationError

from api.figures import Part
from api.kpis import Chain, ChainRow, KpisAnswer, KpisQuery, kpis_asked, span_of
from api.kpis_needed import NeededAnswer, NeededQuery, needed_asked
from api.parameters import PERIOD_PATTERN
from api.problems import ProblemError, refused
from api.service import Open, Service
from api.web.figures import SMALL_N, Cell, Table
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.posting import Failed, field, read_form, record
from api.web.view import UNSAID, Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.kpis import WORDS
from api.words import STAGES
from domain.agreement import Agreement
from domain.events import Attribute
from domain.findings import Sentence
from domain.vocabulary import instant
from domain.wording import local

PAGE = Page("kpis", "/kpis", Sentence("Targets", "目標と実績"))
router = APIRouter()
_TEXTS = {**EVERYWHERE, **WORDS}
_ATTRIBUTES = get_args(Attribute)
_COLUMNS = (
    "stage", "brings", "target", "actual", "expected", "forecast", "rate", "target_rate", "gap", "denominator_short", "conversion_short",
    "of_the_last", "to_move",
)  # fmt: skip


class KpisPageQuery(PageQuery):
    """Which period, by which segments, and what is counted back from."""

    period: str | None = Field(None, pattern=PERIOD_PATTERN, description="A month or a week.")
    group_by: Attribute | None = Field(None, description="By segment.")
    revenue: str | None = Field(None, max_length=20, description="From which revenue one counts back.")
    currency: str | None = Field(None, max_length=3, description="Its currency.")
    deal_size: str | None = Field(None, max_length=20, description="What a deal is worth.")
    rates: str | None = Field(None, max_length=200, description="Percentages that go on.")


@router.get("/kpis")
def kpis(query: Annotated[KpisPageQuery, Query()], request: Request, service: Open) -> Response:
    """The chain of the month, or of the period asked for."""
    return _page(View.of(PAGE, request, service, query), service, query, None)


@router.post("/kpis/targets")
async def set_target(query: Annotated[KpisPageQuery, Query()], request: Request, service: Open) -> Response:
    """A target, or the page again with the reason why not."""
    form = await read_form(request, service)
    view = replace(View.of(PAGE, request, service, query), path="/kpis")
    try:
        data = _target(form)
        name = sha256(repr(sorted(data.items())).encode()).hexdigest()[:16]
        actor = f"{field(form, 'department')}:{field(form, 'person')}"
        problem = await record(
            service, view.caller, id=f"target-{view.known.position}-{name}", type="target.set", subject="team", actor=actor, data=data
        )
    except ProblemError as error:
        problem = error.problem
    if problem is None:
        there = view.link(period=form["period"], as_of=None, known_at=None, meeting=None)
        return Response(status_code=303, headers={"Location": there})
    return await anyio.to_thread.run_sync(_page, view, service, query, Failed(problem, form))


def _target(form: Mapping[str, str]) -> dict[str, Any]:
    """The event of a form. Raises ProblemError for a form that lacks something."""
    data: dict[str, Any] = {"period": field(form, "period"), "stage": field(form, "stage"), "n": _number(form, "n")}
    data["agreed_by"] = [name.removeprefix("agreed_") for name in form if name.startswith("agreed_")]
    if "attribute" in form:
        data |= {"attribute": form["attribute"], "value": field(form, "value")}
    if "amount" in form:
        data |= {"amount": _number(form, "amount"), "currency": field(form, "currency").upper()}
    return data


def _number(form: Mapping[str, str], name: str) -> int:
    text = field(form, name).replace(",", "")
    if not text.isascii() or not text.isdecimal():
        raise refused("malformed", "A whole number is expected.", f"/{name}")
    return int(text)


def _page(view: View, service: Service, query: KpisPageQuery, failed: Failed | None) -> Response:
    answer = kpis_asked(service, view.ask(KpisQuery))
    agreement = service.knowledge.shared(view.known.position).agreement(answer.agreement)
    counted_back, refusal = _counted_back(view, service, query)
    return rendered(
        view,
        "kpis.html",
        WORDS,
        status=200 if failed is None else failed.problem.status,
        period=answer.period,
        neighbours=neighbours(view, agreement, answer.period),
        passed=answer.passed_percent,
        last=last_said(view, answer.chain),
        chain=Table(view.fmt.say(WORDS["chain"]), view.fmt.words(_TEXTS, *_COLUMNS), _rows(view, answer, answer.chain)),
        worth=[view.fmt.money(amount, currency) for currency, amount in sorted(answer.chain.amounts.items())],
        segments=[(_segment(view, chain), chain_table(view, answer, chain, _segment(view, chain))) for chain in answer.segments],
        choices=_choices(view),
        api=view.api("/v1/kpis", KpisQuery),
        needed=counted_back and _needed(view, counted_back),
        refusal=refusal,
        stages=agreement.stages,
        stage_names={stage: view.fmt.word(STAGES, stage) for stage in agreement.stages},
        departments=list(agreement.departments or ()),
        attributes=_ATTRIBUTES,
        failed=failed,
        post=view.link("/kpis/targets", period=answer.period, group_by=view.asked.get("group_by")),
        verdicts=view.link("/faults", from_=None, until=None),
        decide=view.link("/", "record"),
    )


def _counted_back(view: View, service: Service, query: KpisPageQuery) -> tuple[NeededAnswer | None, str | None]:
    """What the revenue takes, or why that cannot be said; nothing where none was given."""
    if query.revenue is None:
        return None, None
    named = {name: value for name in ("revenue", "currency", "deal_size", "rates") if (value := getattr(query, name)) is not None}
    try:
        return needed_asked(service, view.ask(NeededQuery, **named)), None
    except ProblemError as error:
        return None, error.problem.detail
    except ValidationError as error:
        return None, "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False))


class Neighbour(NamedTuple):
    """A period beside the one shown."""

    word: str
    name: str
    href: str


def neighbours(view: View, agreement: Agreement, period: str) -> list[Neighbour]:
    """The periods before and after, of the same length."""
    span = span_of(agreement, period, view.known.as_of)
    found = []
    for word, day in (("before", local(span.since, agreement) - timedelta(days=1)), ("after", local(span.until, agreement))):
        year, week, _ = day.isocalendar()
        name = f"{year}-W{week:02}" if "W" in period else f"{day:%Y-%m}"
        found.append(Neighbour(view.fmt.say(WORDS[word]), name, view.link(period=name)))
    return found


def last_said(view: View, chain: Chain) -> str:
    """How the last stage with a target stands."""
    found = next(((row.stage, row.gap.n) for row in reversed(chain.stages) if row.gap is not None), None)
    if found is None:
        return view.fmt.say(WORDS["no_target"])
    stage, n = view.fmt.word(STAGES, found[0]), found[1]
    return view.fmt.say(WORDS["short" if n > 0 else "ahead"]).format(stage=stage, n=view.fmt.number(abs(n)))


def _rows(view: View, answer: KpisAnswer, chain: Chain) -> list[list[Cell]]:
    before: Sequence[str | None] = (None, *(row.stage for row in chain.stages[:-1]))
    return [_row(view, answer, chain, row, stage_before) for row, stage_before in zip(chain.stages, before, strict=True)]


def _row(view: View, answer: KpisAnswer, chain: Chain, row: ChainRow, before: str | None) -> list[Cell]:
    fmt, gap = view.fmt, row.gap
    return [
        Cell(fmt.word(STAGES, row.stage)),
        Cell(fmt.party(row.department)),
        _set(view, row),
        Cell(fmt.number(row.actual), "count", _runs(view, answer, chain, row.stage)),
        Cell(fmt.number(row.expected), "number"),
        Cell(fmt.number(row.forecast), "number"),
        _share(view, row.rate),
        _share(view, row.target_rate),
        Cell(NOTHING if gap is None else fmt.number(gap.n), "number"),
        Cell(NOTHING if gap is None else fmt.number(gap.denominator_short), "number"),
        Cell(NOTHING if gap is None else fmt.number(gap.conversion_short), "number"),
        Cell(fmt.number(row.of_the_last), "number"),
        Cell(fmt.say(WORDS["open_there"]), "link", _leads(view, answer, chain, before)) if before and gap and gap.n > 0 else Cell(NOTHING),
    ]


def _set(view: View, row: ChainRow) -> Cell:
    """A target, with the way to the event that set it."""
    if row.target is None:
        return Cell(NOTHING, "number")
    return Cell(view.fmt.number(row.target.n), "count", f"/v1/events/{row.target.set_by}")


def _share(view: View, part: Part | None) -> Cell:
    if part is None:
        return Cell(NOTHING, "number")
    fmt = view.fmt
    said = fmt.say(EVERYWHERE["n_of"]).format(n=fmt.number(part.n), of=fmt.number(part.of))
    return Cell(
        fmt.percent(part.percent) + fmt.say(EVERYWHERE["in_brackets"]).format(what=said), "muted" if part.of < SMALL_N else "number"
    )


def _group(chain: Chain) -> dict[str, str]:
    return {name: UNSAID if value is None else value for name, value in chain.group.items()}


def _runs(view: View, answer: KpisAnswer, chain: Chain, stage: str) -> str:
    """The list of exactly the runs that a figure counts."""
    period = {"from_": answer.from_.isoformat(), "until": answer.until.isoformat(), "basis": "period"}
    own = {name: view.asked[name] for name in _ATTRIBUTES if name in view.asked}
    return view.link("/funnel/runs", of=stage, figure="entered", agreement=answer.agreement, **{**period, **own, **_group(chain)})


def _leads(view: View, answer: KpisAnswer, chain: Chain, stage: str) -> str:
    """The open leads of the stage before, which could still go on."""
    own = {name: view.asked[name] for name in _ATTRIBUTES if name in view.asked}
    asked = {"stage": stage, "state": "open", "agreement": answer.agreement, "from_": None, "until": None, "basis": None}
    return view.link("/leads", **{**asked, **own, **_group(chain)})


def _segment(view: View, chain: Chain) -> str:
    ((_, value),) = chain.group.items()
    return view.fmt.say(EVERYWHERE["unsaid"]) if value is None else value


def chain_table(view: View, answer: KpisAnswer, chain: Chain, caption: str) -> Table:
    """A chain without the columns that its page alone has."""
    names = ("stage", "target", "actual", "rate", "gap", "denominator_short", "conversion_short")
    places = [_COLUMNS.index(name) for name in names]
    rows = [[row[place] for place in places] for row in _rows(view, answer, chain)]
    return Table(caption, view.fmt.words(_TEXTS, *names), rows)


def _needed(view: View, answer: NeededAnswer) -> tuple[str, str, Table]:
    """How it was counted back, to how many deals, and the stages."""
    fmt = view.fmt
    days = {"since": fmt.day(local(instant(answer.from_), view.agreement)), "until": fmt.day(_last_day(view, answer))}
    rows = [
        [
            Cell(fmt.word(STAGES, row.stage)),
            Cell(fmt.party(row.department)),
            Cell(fmt.number(row.n), "number"),
            Cell(f"{fmt.percent(row.given_percent)}{fmt.say(EVERYWHERE['in_brackets']).format(what=fmt.say(WORDS['given']))}", "number")
            if row.given_percent is not None
            else _share(view, row.rate),
        ]
        for row in answer.stages
    ]
    deals = fmt.say(WORDS["deals"]).format(deals=fmt.number(answer.deals), size=fmt.money(answer.deal_size, answer.currency))
    table = Table(fmt.say(WORDS["needed"]), fmt.words(_TEXTS, "stage", "brings", "entries", "rate_used"), rows)
    return fmt.say(WORDS["needed_how"]).format(**days), deals, table


def _last_day(view: View, answer: NeededAnswer) -> datetime:
    return local(instant(answer.until), view.agreement) - timedelta(days=1)


def _choices(view: View) -> list[tuple[str, str, list[tuple[str, str]]]]:
    fmt = view.fmt
    named = [(name, fmt.say(EVERYWHERE[name])) for name in _ATTRIBUTES]
    return [
        ("period", fmt.say(WORDS["period"]), []),
        ("group_by", fmt.say(WORDS["group_by"]), named),
        *((name, label, []) for name, label in named),
    ]
