"""What each side promised the other, in two columns of equal width at every boundary, and how the month comes along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from api.compliance import Figures, figures_of
from api.months import Period
from api.web.figures import SMALL_N, Cell, Table
from api.web.formats import NOTHING
from api.web.overview_reading import Told
from api.web.promise_sides import Boundary, Kept, Side, Term, boundaries
from api.web.view import View
from api.web.words import EVERYWHERE
from api.web.words.overview import WORDS
from api.words import PROMISES
from projections.sla import together

_WORDS = {**EVERYWHERE, **WORDS}


class SideShown(NamedTuple):
    """What one party promised another, a row a promise, and how its promises of a whole month come along."""

    title: str
    table: Table
    pacing: Sequence[str]


class BoundaryShown(NamedTuple):
    """A boundary: its two sides, and what others promised in between."""

    title: str
    sides: Sequence[SideShown]
    between: Table | None


def boundaries_shown(view: View, told: Told, months: Sequence[Period]) -> list[BoundaryShown]:
    """Each boundary in the order of the relay. There is no ranking: promises stand as they do in the agreement."""
    return [_boundary(view, told, months, one) for one in boundaries(told.kept, view.agreement, told.window.name)]


def _boundary(view: View, told: Told, months: Sequence[Period], boundary: Boundary) -> BoundaryShown:
    fmt = view.fmt
    first, second = (fmt.party(party) for party in boundary.parties)
    between = _table(view, told, boundary.between, fmt.say(WORDS["between"])) if boundary.between else None
    return BoundaryShown(
        fmt.say(WORDS["boundary"]).format(first=first, second=second), [_side(view, told, months, side) for side in boundary.sides], between
    )


def _side(view: View, told: Told, months: Sequence[Period], side: Side) -> SideShown:
    fmt = view.fmt
    title = fmt.say(WORDS["to_whom"]).format(promisor=fmt.party(side.promisor), promisee=fmt.party(side.promisee))
    pacing = [_pacing(view, one) for one in months if (one.promisor, one.promisee) == (side.promisor, side.promisee)]
    return SideShown(title, _table(view, told, side.promises, title), pacing)


def _pacing(view: View, one: Period) -> str:
    """How a promise of a whole month comes along."""
    fmt, name = view.fmt, view.fmt.word(PROMISES, one.kind)
    if one.kind == "volume":
        row = fmt.say(WORDS["pacing_row"]).format(
            actual=fmt.number(one.actual), target=fmt.number(one.target), expected=fmt.number(one.expected and round(one.expected, 1))
        )
    else:
        row = fmt.say(WORDS["rate_row"]).format(actual=fmt.percent(one.actual), target=fmt.percent(one.target), n=fmt.number(one.n))
    return name + fmt.say(_WORDS["colon"]) + row


def _table(view: View, told: Told, promises: Sequence[Kept], caption: str) -> Table:
    columns = view.fmt.words(_WORDS, "promise", "kept", "settled", "change", "overdue")
    return Table(caption, columns, [_row(view, told, one) for one in promises])


def _row(view: View, told: Told, kept: Kept) -> list[Cell]:
    fmt, term, figures = view.fmt, kept.term, kept.figures
    everywhen = [one for one in told.kept if one.term == term]
    before = figures_of(together(one.figures for one in everywhen if one.period == told.window.before))
    overdue = sum(one.figures.overdue for one in everywhen)
    here: dict[str, object] = {
        "promise": term.promise, "department": term.promisor, "promisee": term.promisee, "provisional": str(told.trial).lower(),
    }  # fmt: skip
    settled = clocks(view, **here, **{told.window.span: told.window.name}, counted="true")
    return [
        Cell(_called(view, term), "link", view.link("/promises", promise=term.promise)),
        Cell(fmt.percent(figures.percent), "muted" if figures.n < SMALL_N else "number"),
        Cell(fmt.number(figures.n), "count", settled),
        Cell(_change(view, figures, before), "number"),
        Cell(fmt.number(overdue), "count", clocks(view, **here, clock_state="overdue")),
    ]


def _called(view: View, term: Term) -> str:
    """What a promise is called; one of several of its kind, with what tells it apart (`progress.sal`)."""
    name = view.fmt.word(PROMISES, term.kind)
    alike = [one for one in view.agreement.promises if (one.kind, one.promisor, one.promisee) == (term.kind, term.promisor, term.promisee)]
    return name + view.fmt.say(_WORDS["in_brackets"]).format(what=term.promise) if len(alike) > 1 else name


def _change(view: View, now: Figures, before: Figures) -> str:
    return NOTHING if now.percent is None or before.percent is None else view.fmt.change(now.percent - before.percent)


def clocks(view: View, **filters: object) -> str:
    """The list of exactly the clocks that a figure counts, whatever a neighbouring page was filtered by."""
    unasked = dict.fromkeys(("from", "until", "channel", "owner", "department", "agreement"))
    return view.link("/promises/clocks", **{**unasked, **filters})
