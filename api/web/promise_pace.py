"""The promises of a month: how many good offers there are to be, how many there were, and how many even progress would have brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup
from pydantic import Field

from api.months import Period, PeriodsQuery, periods_asked
from api.service import Service
from api.web.charts import Line, Mark, lines
from api.web.figures import Figure
from api.web.view import View
from api.web.words.promises import WORDS
from api.words import PROMISES

Month = Annotated[str, Field(pattern="^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


class Paced(NamedTuple):
    """A promise of the month: its figures, and its days as a chart where it counts day by day."""

    title: str
    provisional: bool
    figures: Sequence[Figure]
    chart: Markup | None


def paced(view: View, service: Service, month: str | None, promise: str | None) -> list[Paced]:
    """The promises of a month, by default of the one shown. Raises ProblemError beyond the agreement's calendar."""
    since = None if month is None else month_begins(view, month)
    query = view.ask(PeriodsQuery, **{"from": since, "until": None}, promise=promise)
    return [_paced(view, one) for one in periods_asked(service, query).periods]


def month_begins(view: View, month: str) -> str:
    """The first instant of a month (`2026-11`) on the agreement's wall clock."""
    return datetime.strptime(month, "%Y-%m").replace(tzinfo=ZoneInfo(view.agreement.zone)).isoformat()


def _paced(view: View, one: Period) -> Paced:
    fmt, month = view.fmt, month_of(view, one)
    title = fmt.say(WORDS["pacing_of"]).format(
        promisor=fmt.party(one.promisor), promisee=fmt.party(one.promisee), promise=fmt.word(PROMISES, one.kind), month=month
    )
    is_volume = one.kind == "volume"
    figures = _volume(view, one, month) if is_volume else _rate(view, one, month)
    return Paced(title, one.provisional, figures, _days(view, one, month, title) if is_volume else None)


def month_of(view: View, one: Period) -> str:
    """`2026-11`."""
    return f"{one.from_.astimezone(ZoneInfo(view.agreement.zone)):%Y-%m}"


def _offers(view: View, one: Period, month: str, **chosen: str) -> str:
    return view.link("/promises/offers", promise=one.promise, month=month, **chosen)


def _volume(view: View, one: Period, month: str) -> list[Figure]:
    fmt = view.fmt
    over = fmt.say(WORDS["over_month"]).format(month=month)
    plain = (("target", one.target), ("expected", one.expected), ("needed", one.needed), ("needed_a_day", one.needed_a_day))
    formulas = {"needed_a_day": "a_day_formula"}
    return [
        Figure(
            fmt.say(WORDS["actual"]),
            fmt.number(one.actual),
            _offers(view, one, month, counts="true"),
            fmt.say(WORDS["volume_formula"]),
            over,
        ),
        Figure(fmt.say(WORDS["offers_made"]), fmt.number(one.n), _offers(view, one, month), fmt.say(WORDS["offers_formula"]), over),
        *(
            Figure(fmt.say(WORDS[name]), fmt.number(value), None, fmt.say(WORDS[formulas.get(name, f"{name}_formula")]), over)
            for name, value in plain
        ),
    ]


def _rate(view: View, one: Period, month: str) -> list[Figure]:
    fmt = view.fmt
    over = fmt.say(WORDS["over_month"]).format(month=month)
    href = _offers(view, one, month) if one.n else None
    return [
        Figure(fmt.say(WORDS["accepted"]), fmt.percent(one.actual), href, fmt.say(WORDS["rate_formula"]), over, one.n),
        Figure(fmt.say(WORDS["target"]), fmt.percent(one.target), None, fmt.say(WORDS["target_formula"]), over),
    ]


def _days(view: View, one: Period, month: str, title: str) -> Markup:
    """Day by day: what there was, beside the line of an even pace. Each mark opens the offers that it counts."""
    fmt, days = view.fmt, [f"{day.date.month}/{day.date.day}" for day in one.days]
    made = [
        None
        if day.actual is None
        else Mark(
            day.actual,
            str(day.actual),
            fmt.say(WORDS["day_mark"]).format(day=shown, n=fmt.number(day.actual)),
            _offers(view, one, month, counts="true", by=day.date.isoformat()),
        )
        for day, shown in zip(one.days, days, strict=True)
    ]
    even = [Mark(day.expected, str(day.expected), "") for day in one.days]
    told = [Line(fmt.say(WORDS["actual"]), made), Line(fmt.say(WORDS["even_pace"]), even, "quiet", is_target=True)]
    return lines(title, days, told)
