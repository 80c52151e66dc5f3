"""The figure that a decision is to move, read at any moment: the same as the figures of promises and faults, and with the same
list behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from api.answering import Reader, reading
from api.faults import judging_of
from api.parameters import Asked
from api.service import Service
from domain.events import ExpectedFigure
from domain.shared import Shared
from projections import faults, sla
from projections.clocks import month_and_week_of
from projections.faults_now import faults_now
from projections.leads import begun
from projections.sla_now import compliance_now

_MOST_REMEMBERED = 1_000


class Measured(NamedTuple):
    """A figure at a moment; None while nothing of it is settled. `filters` are how the list behind it is asked for: that of
    the clocks, or of the verdicts. `n` is how many there are to be counted."""

    value: int | None
    n: int
    filters: Mapping[str, str]


def on_trial(shared: Shared) -> bool:
    """Whether no agreement is in force: then figures are of what is on trial, for there is nothing else."""
    return not shared.agreed.in_force


def measured_then(service: Service, expected: ExpectedFigure, as_of: datetime, position: int) -> Measured:
    """The figure as of an instant, as it was known at a position. It is the same for ever, and counting what was known once
    takes long: it is counted once. Raises ProblemError."""
    remembered, asked = service.remembered, (expected, as_of, position)
    if (found := remembered.get(asked)) is None:
        found = measured(service, expected, Asked(as_of=as_of.isoformat(), known_at=str(position)))
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        remembered[asked] = found
    return found


def measured(service: Service, expected: ExpectedFigure, asked: Asked) -> Measured:
    """The figure at the moment asked about. Raises ProblemError."""
    with reading(service, asked) as reader:
        if expected.figure == "verdicts":
            return _verdicts(service, reader, expected)
        return _promises(service, reader, expected)


def _within(service: Service, reader: Reader, expected: ExpectedFigure) -> dict[str, str]:
    """The month or week that the moment lies in."""
    agreement = service.knowledge.shared(reader.known.position).agreement_at(reader.known.as_of)
    names = dict(zip(("month", "week"), month_and_week_of(agreement, reader.known.as_of), strict=True))
    return {} if expected.within is None else {expected.within: names[expected.within]}


def _promises(service: Service, reader: Reader, expected: ExpectedFigure) -> Measured:
    shared, tables = service.knowledge.shared(reader.known.position), reader.tables
    said = {"promise": expected.promise, "department": expected.department, **_within(service, reader, expected)}
    filters = {name: value for name, value in said.items() if value is not None}
    found = compliance_now(
        tables.connection,
        tables.clocks,
        tables.clocks_tally,
        sla.Asked(reader.question, shared.agreed.in_force, filters=filters),
        shared.agreements,
        begun(tables.connection, tables.leads),
    )
    trial = on_trial(shared)
    figures = next((group.figures for group in found if group.provisional is trial), sla.Compliance())
    behind = {**filters, "provisional": "true" if trial else "false"}
    if expected.figure == "overdue":
        return Measured(figures.overdue, figures.overdue, {**behind, "state": "overdue"})
    return Measured(round(1_000 * figures.kept / figures.n) if figures.n else None, figures.n, behind)


def _verdicts(service: Service, reader: Reader, expected: ExpectedFigure) -> Measured:
    shared, tables = service.knowledge.shared(reader.known.position), reader.tables
    said = {
        "promise": expected.promise, "party": expected.department, "code": expected.code, **_within(service, reader, expected),
    }  # fmt: skip
    filters = {name: value for name, value in said.items() if value is not None}
    asked = faults.Asked(reader.question, shared.agreed.in_force, shared.agreements, filters=filters)
    first = begun(tables.connection, tables.leads)
    sums = faults_now(tables.connection, tables.verdicts, tables.verdicts_tally, asked, judging_of(service, reader), first)
    found = sums.figures(asked)
    trial = on_trial(shared)
    n = (found.total.provisional if trial else found.total.final).n
    return Measured(n, n, {**filters, "standing": "provisional" if trial else "final"})
