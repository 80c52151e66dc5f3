"""The decisions of meetings on the overview: what became of the last ones, and the form by which one is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, NamedTuple

from api.decisions import Decision, Expectation, Reading
from api.measuring import measured
from api.parameters import Asked
from api.problems import refused
from api.service import Service
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.overview_reading import Span
from api.web.posting import field
from api.web.view import View
from api.web.words import EVERYWHERE
from api.web.words.overview import WORDS
from api.words import PROMISES
from domain.events import ExpectedFigure
from domain.vocabulary import moment

_WORDS = {**EVERYWHERE, **WORDS}
_BECAME = {"open": "open_decision"}
_SPACE = "\N{NO-BREAK SPACE}"


def decisions_table(view: View, decisions: Sequence[Decision]) -> Table:
    """The latest decisions, each with its figure as it was and as it is."""
    columns = view.fmt.words(_WORDS, "decision", "owner", "due", "measure", "at_meeting", "expected", "now", "became")
    return Table(view.fmt.say(WORDS["decisions"]), columns, [_row(view, one) for one in decisions])


def _row(view: View, one: Decision) -> list[Cell]:
    fmt, expected = view.fmt, one.expected
    said = fmt.personal(one.decision)
    if one.outlook is not None:
        said += fmt.say(_WORDS["in_brackets"]).format(what=fmt.personal(one.outlook))
    became = fmt.say(WORDS[_BECAME.get(one.became, one.became)])
    owner = fmt.party(one.owner) if ":" not in one.owner else one.owner
    if expected is None:
        return [Cell(said), Cell(owner), Cell(fmt.date(one.due)), Cell(NOTHING), *[Cell(NOTHING, "number")] * 3, Cell(became)]
    then = {"as_of": one.looked_at.isoformat(), "known_at": one.looked_at_position}
    return [
        Cell(said),
        Cell(owner),
        Cell(fmt.date(one.due)),
        Cell(_figure(view, expected)),
        _read(view, expected, expected.at_position, then),
        Cell(_value(view, expected, expected.expected), "number"),
        _read(view, expected, expected.now, {}),
        Cell(became),
    ]


def _figure(view: View, expected: Expectation) -> str:
    fmt = view.fmt
    promise = fmt.say(WORDS["all_promises"]) if expected.promise is None else _promise(view, expected.promise)
    name = "kept" if expected.figure == "kept_per_mille" else expected.figure
    party = " · ".join(fmt.party(expected.department) if part == "party" else str(expected.code) for part in _parts(expected))
    return fmt.say(WORDS[f"figure_{name}"]).format(promise=promise, party=party or fmt.say(_WORDS["everything"]))


def _parts(expected: Expectation) -> list[str]:
    return [part for part, value in (("party", expected.department), ("code", expected.code)) if value is not None]


def _promise(view: View, promise: str) -> str:
    kind = next((one.kind for one in view.agreement.promises if one.id == promise), promise.partition(".")[0])
    return view.fmt.word(PROMISES, kind) + view.fmt.say(_WORDS["in_brackets"]).format(what=promise)


def _value(view: View, expected: Expectation, value: int | None) -> str:
    if value is None:
        return NOTHING
    return view.fmt.percent(value / 10) if expected.figure == "kept_per_mille" else view.fmt.number(value)


def _read(view: View, expected: Expectation, read: Reading, moment_of: Mapping[str, object]) -> Cell:
    """A figure that opens what it was counted from, at its own moment."""
    value = _value(view, expected, read.value)
    if expected.figure == "verdicts":
        return Cell(value, "count", view.link("/faults/verdicts", **{**_unasked(), **read.filters, **moment_of}))
    filters = {"clock_state" if name == "state" else name: one for name, one in read.filters.items()}
    if expected.figure == "kept_per_mille":
        value, filters["counted"] = f"{value} (n{_SPACE}={_SPACE}{view.fmt.number(read.n)})", "true"
    return Cell(value, "count", view.link("/promises/clocks", **{**_unasked(), **filters, **moment_of}))


def _unasked() -> dict[str, None]:
    """The overview shows everything: what a neighbouring page was filtered by does not go along."""
    return dict.fromkeys(("from", "until", "channel", "owner", "department", "agreement"))


def measures(view: View) -> list[tuple[str, str]]:
    """The figures that a decision can name, as (value, label)."""
    fmt = view.fmt
    timed = [promise for promise in view.agreement.promises if promise.kind not in ("volume", "acceptance_rate")]
    named = [
        (f"{figure}:{promise.id}", fmt.say(WORDS[word]).format(promise=_promise(view, promise.id)))
        for figure, word in (("kept_per_mille", "figure_kept"), ("overdue", "figure_overdue"))
        for promise in timed
        if not (figure == "overdue" and promise.kind == "quality")
    ]
    departments = view.agreement.departments or ()
    return [*named, *((f"verdicts:{one}", fmt.say(WORDS["figure_verdicts"]).format(party=fmt.party(one))) for one in departments)]


class Act(NamedTuple):
    """What the form says, as an event."""

    id: str
    actor: str
    data: dict[str, Any]


def act(service: Service, view: View, form: Mapping[str, str], within: Span) -> Act:
    """The event of a form, looked at where the page stood. The same decision at the same moment is the same event. Raises
    ProblemError for a form that lacks something."""
    actor = f"{field(form, 'department')}:{field(form, 'person')}"
    department = field(form, "owner_department")
    data: dict[str, Any] = {
        "decision": field(form, "decision"),
        "owner": f"{department}:{form['owner_name']}" if "owner_name" in form else department,
        "due": field(form, "due"),
        "position": view.known.position,
        "as_of": moment(view.known.as_of),
    }
    if "outlook" in form:
        data["outlook"] = form["outlook"]
    if "measure" in form:
        data["expected"] = _expected(service, view, form, within)
    name = sha256(f"{data['decision']} {data['owner']} {data['due']}".encode()).hexdigest()[:16]
    return Act(f"decision-{view.known.position}-{name}", actor, data)


def _expected(service: Service, view: View, form: Mapping[str, str], within: Span) -> dict[str, Any]:
    figure, _, about = form["measure"].partition(":")
    if form["measure"] not in dict(measures(view)):
        raise refused("malformed", "The figure is one of those that the form offers.", "/measure")
    told: dict[str, Any] = {"figure": figure, "department" if figure == "verdicts" else "promise": about}
    if figure != "overdue":
        told["within"] = within
    told["expected"] = _number(field(form, "expected"), in_thousandths=figure == "kept_per_mille")
    asked = Asked(as_of=view.query.as_of, known_at=str(view.known.position))
    value = measured(service, ExpectedFigure(**told), asked).value
    return told if value is None else {**told, "at_meeting": value}


def _number(text: str, *, in_thousandths: bool) -> int:
    """A percentage as thousandths, or a count."""
    try:
        value = Decimal(text.removesuffix("%").strip()) * (10 if in_thousandths else 1)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0 or value != int(value):
        raise refused("malformed", "A percentage with one decimal at most, or a count, is expected.", "/expected")
    return int(value)
