"""The parts of the overview below the promises: how sure the data are, what to move, where time went, funnel, channels, weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from api.web.charts import HeatRow, Mark, heat
from api.web.figures import SMALL_N, Cell, CellKind, Figure, Table
from api.web.formats import NOTHING
from api.web.overview_promises import clocks
from api.web.overview_reading import Told, by_reason, most_over, standing_of
from api.web.view import UNSAID, View
from api.web.words import EVERYWHERE
from api.web.words.overview import WORDS
from api.words import PROMISES, STAGES, code_word
from domain.vocabulary import moment
from projections.asking import Share
from projections.channels import Channel
from projections.moving import Move
from projections.sla import Compliance

_WORDS = {**EVERYWHERE, **WORDS}
_OF_LEADS = ("stage", "state", "outcome", "campaign", "persona", "industry", "company_size", "region")


@dataclass(frozen=True)
class Shown:
    """What was read, and the page it is for."""

    view: View
    told: Told

    @property
    def window(self) -> str:
        """`this month (2026-11)`."""
        return self.say(f"{self.told.window.span}_of", name=self.told.window.name)

    @property
    def provisional(self) -> str:
        """How lists of clocks are asked for what the figures count."""
        return str(self.told.trial).lower()

    def say(self, word: str, /, **parts: object) -> str:
        """One of the page's words."""
        return self.view.fmt.say(_WORDS[word]).format(**parts)

    def columns(self, *names: str) -> list[str]:
        """The heads of a table."""
        return self.view.fmt.words(_WORDS, *names)

    def verdicts(self, **filters: object) -> str:
        """The list of exactly the verdicts that a figure counts."""
        unasked = dict.fromkeys(("from", "until", "channel", "owner", "department", "agreement"))
        return self.view.link("/faults/verdicts", **{**unasked, self.told.window.span: self.told.window.name, **filters})


def sure(shown: Shown) -> list[Figure]:
    """How the record came about, and how much of what rests on it is open."""
    told, fmt = shown.told, shown.view.fmt
    typed = Share(sum(way.n for way in told.ways if way.kind == "manual"), sum(way.n for way in told.ways))
    synced = [way for way in told.ways if way.kind == "integration"]
    late = Share(sum(way.n for way in synced if way.is_late), sum(way.n for way in synced))
    over_entries, over_verdicts = (shown.say(name, window=shown.window) for name in ("over_entries", "over_verdicts"))
    standing = "provisional" if told.trial else "final"
    undetermined = sum(standing_of(group, told).n for group in told.charged.groups if group.group[1] == "U1")
    total = told.charged.total
    counts = (
        ("undetermined", undetermined, shown.verdicts(code="U1", standing=standing)),
        ("disputed", total.disputed.n, shown.verdicts(standing="disputed")),
        ("provisional", total.provisional.n, shown.verdicts(standing="provisional")),
    )
    return [
        Figure(shown.say("typed"), fmt.percent(typed.percent), _entries(shown), shown.say("typed_how"), over_entries, typed.of),
        Figure(
            shown.say("late_synced"),
            fmt.percent(late.percent),
            _entries(shown, source_kind="integration"),
            shown.say("late_synced_how"),
            over_entries,
            late.of,
        ),
        *(Figure(shown.say(name), fmt.number(n), href, shown.say(f"{name}_how"), over_verdicts) for name, n, href in counts),
    ]


def _entries(shown: Shown, **filters: str) -> str:
    """The list of exactly the entries that a figure counts."""
    after, until = shown.told.entries
    return shown.view.link("/ledger/events", after=after or None, up_to=until, from_=None, until=None, **filters)


def moves(shown: Shown) -> Table:
    """Which leads to move first."""
    columns = shown.columns("lead", "promise", "who", "owner", "due_at", "stake")
    return Table(shown.say("moves"), columns, [_move(shown, move) for move in shown.told.moves])


def _move(shown: Shown, move: Move) -> list[Cell]:
    view, fmt = shown.view, shown.view.fmt
    return [
        Cell(move.lead, "link", view.lead(move.lead)),
        Cell(fmt.word(PROMISES, move.kind)),
        Cell(fmt.party(move.promisor)),
        Cell(move.owner or NOTHING),
        Cell(fmt.when(move.due_at)),
        Cell(fmt.money(move.amount, move.currency), "number"),
    ]


class Best(NamedTuple):
    """Where most of the time over what was agreed went, and the verdicts that say so."""

    said: str
    href: str
    n: int


def best(shown: Shown) -> Best | None:
    """The one rule at the one boundary that most of the overrun lies with; None where nothing ran over."""
    fmt, most = shown.view.fmt, most_over(shown.told)
    if most is None:
        return None
    handoff, code = most.handoff, most.code
    said = shown.say(
        "best_said",
        percent=fmt.percent(most.percent),
        code=code,
        name=fmt.say(code_word(str(code))).replace("_", " "),
        boundary=fmt.word(STAGES, handoff) if handoff else shown.say("everywhere"),
        over=fmt.length(most.overrun_seconds // 3_600 * 3_600 or most.overrun_seconds),
        n=fmt.number(most.n),
    )
    standing = "provisional" if shown.told.trial else "final"
    return Best(said, shown.verdicts(handoff=handoff or UNSAID, code=code, standing=standing), most.n)


def funnel(shown: Shown) -> Table:
    """The stages with both rates and the median stay."""
    fmt, view = shown.view.fmt, shown.view
    agreement = shown.told.agreement.id
    columns = shown.columns("stage", "present", "entered", "next", "overall", "median")
    rows = [
        [
            Cell(fmt.word(STAGES, one.stage)),
            Cell(fmt.number(one.present), "count", _leads(view, stage=one.stage, state="open", agreement=agreement)),
            Cell(fmt.number(one.entered), "count", _runs(view, of=one.stage, figure="entered", agreement=agreement)),
            _share(shown, one.next, _runs(view, of=one.stage, figure="next", agreement=agreement)),
            _share(shown, one.overall, _runs(view, of=one.stage, figure="overall", agreement=agreement)),
            Cell(_roughly(shown, one.velocity.business.p50), "muted" if one.velocity.business.n < SMALL_N else "number"),
        ]
        for one in shown.told.stages
    ]
    return Table(shown.say("funnel"), columns, rows)


def _roughly(shown: Shown, seconds: float | None) -> str:
    return NOTHING if seconds is None else shown.view.fmt.length(round(seconds / 60) * 60)


def _runs(view: View, **filters: object) -> str:
    unasked = ("from", "until", "channel", "owner", "department", "basis", *_OF_LEADS)
    return view.link("/funnel/runs", **{**dict.fromkeys(unasked), **filters})


def _share(shown: Shown, share: Share | None, href: str = "") -> Cell:
    """A share with its n; it opens those that it counts."""
    if share is None:
        return Cell(NOTHING, "number")
    fmt = shown.view.fmt
    kind: CellKind = "muted" if share.of < SMALL_N else "number"
    said = shown.say("n_of", n=fmt.number(share.n), of=fmt.number(share.of))
    return Cell(fmt.percent(share.percent) + shown.say("in_brackets", what=said), "count" if href else kind, href)


def _leads(view: View, **filters: object) -> str:
    return view.link("/leads", **{**dict.fromkeys(("from", "until", "channel", "owner", "department", *_OF_LEADS)), **filters})


def soon(shown: Shown) -> Table:
    """By department, what is overdue now and what will be."""
    told, fmt, view = shown.told, shown.view.fmt, shown.view
    tomorrow = moment(told.tomorrow).isoformat()
    rows = []
    overdue: Counter[str] = Counter()
    for one in told.kept:
        overdue[one.term.promisor] += one.figures.overdue
    for department in sorted(overdue.keys() | told.overdue_tomorrow.keys(), key=_in_order(shown)):
        here = {"department": department, "clock_state": "overdue", "provisional": shown.provisional}
        rows.append(
            [
                Cell(fmt.party(department)),
                Cell(fmt.number(overdue[department]), "count", clocks(view, **here)),
                Cell(fmt.number(told.overdue_tomorrow.get(department, 0)), "count", clocks(view, **here, as_of=tomorrow)),
            ]
        )
    return Table(shown.say("soon"), shown.columns("department", "overdue", "tomorrow"), rows)


def _in_order(shown: Shown) -> Callable[[str], tuple[int, str]]:
    """The order of the relay; whoever is not in it stands behind."""
    order = {name: number for number, name in enumerate(shown.view.agreement.departments or ())}
    return lambda name: (order.get(name, len(order)), name)


def turned_down(shown: Shown) -> Table:
    """What came back, by reason, the most frequent first."""
    fmt, view, window = shown.view.fmt, shown.view, shown.told.window
    found = sorted(by_reason(shown.told.turned_down).items(), key=lambda item: (-item[1], str(item[0])))
    rows = [
        [
            Cell(shown.say(what)),
            Cell(NOTHING if kind is None else shown.say(kind)),
            Cell(reason),
            Cell(
                fmt.number(n),
                "count",
                view.link("/turned-down", what=what, kind=kind, reason=reason, within=window.span, from_=None, until=None),
            ),
        ]
        for (what, kind, reason), n in found
    ]
    return Table(shown.say("turned_down"), shown.columns("what_happened", "kind", "reason", "count"), rows)


def channels(shown: Shown) -> Table:
    """By channel how far leads came, how many were won, and for how much."""
    fmt, told = shown.view.fmt, shown.told
    stages = told.agreement.stages[1:-1]
    columns = [*shown.columns("channel", "leads"), *(fmt.word(STAGES, stage) for stage in stages), *shown.columns("won", "amount")]
    rows = [
        [
            Cell(one.group[0] or shown.say("unsaid")),
            Cell(fmt.number(one.leads), "count", _of_channel(shown, one)),
            *(Cell(fmt.number(one.reached[stage]), "count", _of_channel(shown, one, reached=stage)) for stage in stages),
            _share(shown, one.won, _of_channel(shown, one, won="true")),
            Cell(", ".join(fmt.money(minor, currency) for currency, minor in sorted(one.amounts.items())) or NOTHING, "number"),
        ]
        for one in told.channels
    ]
    return Table(shown.say("channels"), columns, rows)


def _of_channel(shown: Shown, channel: Channel, **further: object) -> str:
    return _leads(shown.view, channel=channel.group[0] or UNSAID, agreement=shown.told.agreement.id, **further)


def heat_map(shown: Shown) -> Markup | None:
    """What was not kept, by department and week; None where nothing was settled."""
    told, fmt = shown.told, shown.view.fmt
    figures = {(str(department), str(week)): one.figures for one in told.by_week for department, week in [one.group] if one.figures.n}
    weeks = sorted({week for _, week in figures if week <= told.window.week})
    departments = sorted({department for department, week in figures if week in weeks}, key=_in_order(shown))
    rows = [
        HeatRow(
            fmt.party(department),
            [_mark(shown, department, week, figures[department, week]) if (department, week) in figures else None for week in weeks],
        )
        for department in departments
    ]
    return heat(shown.say("heat"), weeks, rows) if rows else None


def _mark(shown: Shown, department: str, week: str, figures: Compliance) -> tuple[Mark, int]:
    fmt = shown.view.fmt
    broken = figures.ever_breached / figures.n
    percent = fmt.percent(round(100 * broken, 1))
    title = shown.say("heat_mark", department=fmt.party(department), week=week, percent=percent, n=fmt.number(figures.n))
    href = clocks(shown.view, department=department, week=week, counted="true", provisional=shown.provisional)
    return Mark(broken, percent, title, href), figures.n
