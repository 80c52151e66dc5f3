"""`/faults`: which promises were broken, where and by which rule, how long it took, and how often that was contested. Every
figure opens the list it was counted from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

from fastapi import Query, Request, Response

from api import faults as f
from api.answering import Reader, reading
from api.disputes import OverturnRate, overturn_rates
from api.faults import FaultGroup, FaultsAnswer, FaultsQuery, TimeQuery, TimeSpent, grouped_faults, time_spent
from api.parameters import Asked
from api.service import Open, Service
from api.shown_disputes import AllDisputes, Case
from api.web import fault_lists
from api.web.charts import Bar, Colour, Mark, stacked
from api.web.fault_lists import chosen_cases, disputes_table
from api.web.fault_questions import PAGE, FaultsPageQuery, asked_by, overlooked, within_a_party
from api.web.fault_words import boundary, boundary_briefly, code_name, counted, disputed_code, filters, promise_name, roughly
from api.web.figures import Cell, CellKind, Figure, Table
from api.web.pages import rendered
from api.web.view import UNSAID, View
from api.web.words import EVERYWHERE
from api.web.words.faults import WORDS

__all__ = ["PAGE", "router"]
router = fault_lists.router
"""The lists behind the figures have their addresses below this page's."""
_VERDICTS, _DISPUTES, _CLOCKS = "/faults/verdicts", "/faults/disputes", "/faults/time"
_STANDINGS: Mapping[str, Colour] = {"final": "broken", "disputed": "charge", "provisional": "quiet"}
_NEWEST = {"month": 12, "week": 13}
_WAITING_ROWS = 20
_TEXTS = {**EVERYWHERE, **WORDS}


class Told(NamedTuple):
    """Everything of one moment that the page shows."""

    in_all: FaultsAnswer
    by_place: FaultsAnswer
    by_party: FaultsAnswer
    by_time: FaultsAnswer
    by_person: FaultsAnswer | None
    losses: FaultsAnswer
    time: Sequence[TimeSpent]
    rates: tuple[Sequence[OverturnRate], Sequence[OverturnRate]]
    waiting: Sequence[Case]


@router.get("/faults")
def faults(query: Annotated[FaultsPageQuery, Query()], request: Request, service: Open) -> Response:
    """The figures of faults, by the filters."""
    view = within_a_party(View.of(PAGE, request, service, query))
    with reading(service, view.query) as reader:
        told = _told(service, reader, view, query.by)
    fmt = view.fmt
    return rendered(
        view,
        "faults.html",
        WORDS,
        choices=filters(view),
        overlooked=overlooked(view),
        figures=_figures(told.in_all, view),
        by_place=_table(told.by_place.groups, ("handoff", "code"), "by_place", view),
        by_party=_table(told.by_party.groups, ("party",), "by_party", view),
        by_person=told.by_person and _table(told.by_person.groups, ("owner",), "by_person", view),
        by=query.by,
        newest=_NEWEST[query.by],
        trend=_trend(told.by_time.groups, query.by, view),
        over_time=_table(told.by_time.groups[-_NEWEST[query.by] :], (query.by,), "over_time", view),
        time_chart=_time_chart(told.time, view),
        time_table=_time_table(told.time, view),
        rates=[_rates(rates, by, view) for rates, by in zip(told.rates, ("code", "party"), strict=True)],
        waiting=disputes_table(told.waiting[:_WAITING_ROWS], view),
        n_waiting=len(told.waiting),
        all_waiting=view.link(_DISPUTES, became="pending"),
        losses=_losses(told.losses.groups, view),
        party_name=fmt.party(query.party),
        api=view.api("/v1/faults", f.FaultGroupsQuery, group_by="handoff,code", by=None),
        time_api=view.api("/v1/faults/time", TimeQuery),
        rates_api=view.api("/v1/disputes/rates", Asked),
    )


def _told(service: Service, reader: Reader, view: View, by: str) -> Told:
    asked = asked_by(view, FaultsQuery)
    groupings: list[tuple[str, ...]] = [(), ("handoff", "code"), ("party",), (by,)]
    in_all, by_place, by_party, by_time = grouped_faults(service, reader, asked, groupings)
    person = grouped_faults(service, reader, asked, [("owner",)]) if asked.party is not None else [None]
    of_losses = asked_by(view, FaultsQuery, code="L1")
    (losses,) = grouped_faults(service, reader, of_losses, [("reason", "associated")])
    disputes = AllDisputes(service, reader).disputes()
    as_of = reader.known.as_of
    return Told(
        in_all,
        by_place,
        by_party,
        by_time,
        person[0],
        losses,
        [one for one in time_spent(service, reader, asked_by(view, TimeQuery)) if not one.provisional],
        overturn_rates(disputes, as_of),
        chosen_cases(disputes, as_of, became="pending"),
    )


# The verdicts


def _figures(told: FaultsAnswer, view: View) -> list[Figure]:
    fmt, over = view.fmt, view.fmt.say(WORDS["over_verdicts"])
    total = {"final": told.total, "disputed": told.disputed, "provisional": told.provisional}
    behind = _verdicts(view, standing="final")
    counts = [
        Figure(fmt.say(WORDS[name]), fmt.number(one.n), _verdicts(view, standing=name), fmt.say(WORDS[f"{name}_how"]), over)
        for name, one in total.items()
    ]
    return [
        *counts,
        Figure(
            fmt.say(WORDS["overrun"]), roughly(told.total.overrun_seconds, view), behind, fmt.say(WORDS["overrun_how"]), over, told.total.n
        ),
        Figure(fmt.say(WORDS["stake"]), _money(told.total.amounts, view), behind, fmt.say(WORDS["stake_how"]), over, told.total.n),
    ]


def _table(groups: Sequence[FaultGroup], named: tuple[str, ...], caption: str, view: View) -> Table:
    """A row a group: its verdicts by how they count, and what those that count come to."""
    fmt = view.fmt
    heads = {"handoff": "boundary", "code": "code", "party": "party", "owner": "owner", "month": "month", "week": "week"}
    columns = fmt.words(_TEXTS, *(heads[name] for name in named), "final", "shares", "overrun", "stake", "disputed", "provisional")
    said = fmt.say(WORDS[caption]).format(party=fmt.party(view.asked.get("party")))
    return Table(said, columns, [_group_row(group, named, view) for group in groups])


def _group_row(group: FaultGroup, named: tuple[str, ...], view: View) -> list[Cell]:
    fmt, final = view.fmt, group.final
    here = {name: UNSAID if group.group[name] is None else group.group[name] for name in named}
    kind: CellKind = "few" if final.n == 1 else "number"
    return [
        *(Cell(_called(name, group.group[name], view)) for name in named),
        counted(final.n, _verdicts(view, **here, standing="final"), view),
        Cell(fmt.number(final.share_percents / 100), kind),
        Cell(roughly(final.overrun_seconds, view), kind),
        Cell(_money(final.amounts, view), kind),
        counted(group.disputed.n, _verdicts(view, **here, standing="disputed"), view),
        counted(group.provisional.n, _verdicts(view, **here, standing="provisional"), view),
    ]


def _called(name: str, value: str | None, view: View) -> str:
    match name:
        case "handoff":
            return boundary(value, view)
        case "code":
            return disputed_code(value, view)
        case "party":
            return view.fmt.party(value)
        case _:
            return value or view.fmt.say(EVERYWHERE["unsaid"])


def _verdicts(view: View, **chosen: object) -> str:
    kept = {name: view.asked.get(name) for name in (*FaultsPageQuery.model_fields, "from") if name in view.asked and name != "by"}
    return view.link(_VERDICTS, **{**kept, **chosen})


def _money(amounts: Mapping[str, int], view: View) -> str:
    return view.fmt.say(EVERYWHERE["comma"]).join(
        view.fmt.money(amount, currency) for currency, amount in amounts.items()
    ) or view.fmt.money(None, None)


def _trend(groups: Sequence[FaultGroup], by: str, view: View) -> str | None:
    """A bar for each of the newest months or weeks, its parts being how the verdicts count."""
    fmt = view.fmt
    rows = [
        Bar(
            group.group[by] or fmt.say(EVERYWHERE["unsaid"]),
            [
                Mark(n, fmt.number(n), f"{group.group[by]} {fmt.say(WORDS[name])}: {fmt.number(n)}",
                     _verdicts(view, **{by: group.group[by] or UNSAID}, standing=name), colour)
                for name, colour in _STANDINGS.items() if (n := getattr(group, name).n)
            ],
            fmt.number(sum(getattr(group, name).n for name in _STANDINGS)),
        )
        for group in groups[-_NEWEST[by] :]
    ]  # fmt: skip
    return (
        stacked(fmt.say(WORDS["over_time"]), rows, [(fmt.say(WORDS[name]), colour) for name, colour in _STANDINGS.items()])
        if rows
        else None
    )


def _losses(groups: Sequence[FaultGroup], view: View) -> Table:
    """Lost deals by reason and by each code that stood before; a loss with two of them is in two rows."""
    fmt, found = view.fmt, dict[tuple[str | None, str], int]()
    for group in groups:
        for code in (group.group["associated"] or "").split(","):
            if code:
                key = group.group["reason"], code
                found[key] = found.get(key, 0) + group.final.n
    rows = [
        [
            Cell(reason or fmt.say(EVERYWHERE["unsaid"])),
            Cell(code_name(code, view)),
            counted(n, _verdicts(view, code="L1", reason=reason or UNSAID, associated=code, standing="final"), view),
        ]
        for (reason, code), n in sorted(found.items(), key=lambda item: (item[0][0] or "~", item[0][1]))
        if n
    ]
    return Table(fmt.say(WORDS["losses"]), fmt.words(_TEXTS, "reason", "associated", "final"), rows)


# Where time went


def _time_chart(spent: Sequence[TimeSpent], view: View) -> str | None:
    """A bar for each handoff and party: what was used within budgets and over them."""
    fmt = view.fmt
    together: dict[tuple[str | None, str], list[TimeSpent]] = {}
    for one in spent:
        together.setdefault((one.handoff, one.party), []).append(one)
    legend: list[tuple[str, Colour]] = [(fmt.say(WORDS["in_budget"]), "kept"), (fmt.say(WORDS["over_budget"]), "broken")]
    rows = []
    for (handoff, party), ones in together.items():
        inside, over = sum(one.in_budget_seconds for one in ones), sum(one.over_budget_seconds for one in ones)
        label, link = f"{boundary_briefly(handoff, view)} · {fmt.party(party)}", _clocks(view, handoff, party, None)
        marks = [
            Mark(seconds, "", f"{label}: {said} {roughly(seconds, view)}", link, colour)
            for seconds, (said, colour) in zip((inside, over), legend, strict=True)
        ]
        rows.append(Bar(label, marks, roughly(over, view)))
    return stacked(fmt.say(WORDS["time"]), rows, legend) if rows else None


def _time_table(spent: Sequence[TimeSpent], view: View) -> Table:
    fmt = view.fmt
    columns = fmt.words(_TEXTS, "boundary", "party", "promise", "n_clocks", "in_budget", "over_budget", "paused")
    rows = [
        [
            Cell(boundary(one.handoff, view)),
            Cell(fmt.party(one.party)),
            Cell(promise_name(one.promise, view)),
            counted(one.n, _clocks(view, one.handoff, one.party, one.promise), view),
            Cell(roughly(one.in_budget_seconds, view), "few" if one.n == 1 else "number"),
            Cell(roughly(one.over_budget_seconds, view), "few" if one.n == 1 else "number"),
            counted(one.paused, _clocks(view, one.handoff, one.party, one.promise, counted="paused"), view),
        ]
        for one in spent
    ]
    return Table(fmt.say(WORDS["time"]), columns, rows)


def _clocks(view: View, handoff: str | None, party: str, promise: str | None, **chosen: object) -> str:
    kept = {name: view.asked[name] for name in ("from", "until", "channel", "month") if name in view.asked}
    return view.link(_CLOCKS, **{**kept, "handoff": handoff or UNSAID, "party": party, "promise": promise, **chosen})


# Disputes


def _rates(rates: Sequence[OverturnRate], by: str, view: View) -> Table:
    fmt = view.fmt
    counts = ("opened", "pending", "withdrawn", "ruled", "upheld", "overturned", "split")
    caption = fmt.say(WORDS["of_code" if by == "code" else "of_department"])
    rows = []
    for one in rates:
        share = fmt.percent(one.overturned_rate.percent)
        flag = fmt.say(EVERYWHERE["in_brackets"]).format(what=fmt.say(WORDS["flagged"])) if one.flagged else ""
        called = disputed_code(one.group, view) if by == "code" else fmt.party(one.group)
        here = {by: one.group or UNSAID}
        rows.append(
            [
                Cell(called),
                *(
                    counted(getattr(one, name), view.link(_DISPUTES, **here, became=None if name == "opened" else name), view)
                    for name in counts
                ),
                Cell(share + flag, "few" if one.ruled == 1 else "number"),
            ]
        )
    return Table(caption, fmt.words(_TEXTS, by, *counts, "rate"), rows)
