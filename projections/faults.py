"""Whose fault, in figures: verdicts counted from their rows, and the rows behind each figure.

What counts, what is disputed and what is on trial stand apart. Totals leave out what sums up other verdicts (E1, L1) unless
it is asked for by its code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Integer, Select, Table, and_, case, cast, func, literal, select, tuple_

from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.findings import SUMMARIES
from domain.vocabulary import SECOND, Instant
from projections.asking import NOT_SAID, Question
from projections.projection import holds, known
from projections.sla import provisional
from projections.verdicts import VARYING

GROUPINGS = ("party", "code", "handoff", "owner", "week", "month", "channel", "reason", "associated")
STANDINGS = ("final", "disputed", "provisional")
"""How a verdict counts; one that was overturned does not."""


class Bearing(NamedTuple):
    """What one party bears of a verdict that several bear by time that still passes."""

    share: int
    overrun_seconds: int


Judging = Callable[[str, str], Mapping[str, Bearing]]
"""A lead and a verdict's id → what each party bears of it at the instant asked about."""


class Asked(NamedTuple):
    """Which verdicts are asked about. `filters` name a grouping, or the status, promise, agreement or lead; the period is
    half open and holds the verdicts that began in it."""

    question: Question
    in_force: Mapping[str, Instant]
    agreements: Mapping[str, Agreement]
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, str] = {}
    since: Instant | None = None
    until: Instant | None = None

    @property
    def by_party(self) -> bool:
        """Whether each party is looked at by itself, so that a verdict counts once for each."""
        return bool({"party", "owner"} & {*self.group_by, *self.filters})


class Fault(NamedTuple):
    """`n` verdicts, of which the parties asked about bear `shares` percents in all (100 are one whole verdict), over by so
    many seconds; `amounts` are their leads' deals by currency, by share, in minor units."""

    n: int = 0
    shares: int = 0
    overrun_seconds: int = 0
    amounts: Mapping[str, int] = {}


class Group(NamedTuple):
    """The figures of one group: what counts, what is disputed, what is on trial."""

    group: tuple[str | None, ...]
    final: Fault
    disputed: Fault
    provisional: Fault


class Figures(NamedTuple):
    """The groups in the order of their names, those with a name first, and what they are in all."""

    groups: list[Group]
    total: Group


class Counts:
    """What is added up of the verdicts of one group that stand alike: `rows` (parties charged), `firsts` (verdicts), percents,
    seconds, and money by currency, in hundredths of minor units."""

    __slots__ = ("firsts", "money", "overrun_seconds", "rows", "shares")

    def __init__(self) -> None:
        self.rows = self.firsts = self.shares = self.overrun_seconds = 0
        self.money: dict[str, int] = {}

    def add(self, rows: int = 0, firsts: int = 0, shares: int = 0, overrun_seconds: int = 0, money: Mapping[str, int] = {}) -> None:
        """Adds to every figure."""
        self.rows += rows
        self.firsts += firsts
        self.shares += shares
        self.overrun_seconds += overrun_seconds
        for currency, hundredths in money.items():
            self.money[currency] = self.money.get(currency, 0) + hundredths

    def fault(self, by_party: bool) -> Fault:
        """The figures, in whole minor units."""
        amounts = {currency: round(hundredths / 100) for currency, hundredths in sorted(self.money.items()) if hundredths}
        return Fault(self.rows if by_party else self.firsts, self.shares, self.overrun_seconds, amounts)


class Sums:
    """Figures as they are added up, by how they stand and by group."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, tuple[Any, ...]], Counts] = {}

    def of(self, standing: str, group: tuple[Any, ...]) -> Counts:
        """Those of one group that stand alike."""
        return self._counts.setdefault((standing, group), Counts())

    def regrouped(self, places: Sequence[int]) -> Sums:
        """The same, grouped by less: by what stands at these places of each group."""
        sums = Sums()
        for (standing, group), counts in self._counts.items():
            rest = sums.of(standing, tuple(group[place] for place in places))
            rest.add(counts.rows, counts.firsts, counts.shares, counts.overrun_seconds, counts.money)
        return sums

    def figures(self, asked: Asked) -> Figures:
        """The figures as asked."""
        named = {group for standing, group in self._counts if standing in STANDINGS}
        ordered = sorted(named, key=lambda group: tuple((value is None, value or "") for value in group))
        groups = [Group(group, *(self._fault(standing, group, asked.by_party) for standing in STANDINGS)) for group in ordered]
        whole = asked._replace(group_by=())
        total = Group((), *(self._total(standing).fault(whole.by_party) for standing in STANDINGS))
        return Figures([one for one in groups if any(fault != Fault() for fault in one[1:])], total)

    def n(self, asked: Asked, standing: str | None = None) -> int:
        """How many verdicts there are in all that stand in one way, or in any."""
        totals = [self._total(name) for name in {stands for stands, _ in self._counts} if standing in (None, name)]
        return sum(total.rows if asked.by_party else total.firsts for total in totals)

    def _fault(self, standing: str, group: tuple[Any, ...], by_party: bool) -> Fault:
        counts = self._counts.get((standing, group))
        return Fault() if counts is None else counts.fault(by_party)

    def _total(self, standing: str) -> Counts:
        total = Counts()
        for (stands, _), counts in self._counts.items():
            if stands == standing:
                total.add(counts.rows, counts.firsts, counts.shares, counts.overrun_seconds, counts.money)
        return total


def counted(connection: Connection, verdicts: Table, asked: Asked, judging: Judging, *only: ColumnElement[bool]) -> Sums:
    """The verdicts asked about, counted row by row."""
    sums, v = Sums(), verdicts.c
    columns = [_column(verdicts, grouping).label(f"g{number}") for number, grouping in enumerate(asked.group_by)]
    stands = _standing(verdicts, asked).label("stands")
    rows, firsts, shares = func.count(), func.sum(cast(v.first, Integer)), func.sum(v.share)
    overrun, amount = func.sum(_overrun(verdicts, asked)), func.sum(v.amount * v.share)
    query = select(stands, v.currency, rows, firsts, shares, overrun, amount, *columns)
    chosen = query.where(_chosen(verdicts, asked), v.share.is_not(None), *only).group_by(stands, v.currency, *columns)
    for standing, currency, n, verdicts_n, percents, seconds, money, *group in connection.execute(chosen):
        sums.of(standing, tuple(group)).add(n, verdicts_n, percents, seconds, {} if currency is None else {currency: money})
    _add_varying(connection, verdicts, asked, judging, sums, *only)
    return sums


def _overrun(verdicts: Table, asked: Asked) -> ColumnElement[int]:
    """Seconds by which a row is over; of one that grows, by what its stopwatch shows at the question's instant. 0 where its
    calendar does not reach it."""
    v, at = verdicts.c, asked.question.as_of
    shown = case((v.by_wall_clock, at), *((v.agreement == name, reading) for name, reading in _readings(asked)), else_=v.grows_past)
    grown = case((shown > v.grows_past, (shown - v.grows_past) // SECOND), else_=0)
    return case((v.grows_past.is_not(None), grown), else_=v.overrun_seconds)


def _readings(asked: Asked) -> Iterator[tuple[str, int]]:
    """What the stopwatch of each agreement's business time shows at the question's instant."""
    for name, agreement in asked.agreements.items():
        try:
            yield name, agreement.calendar.reading(asked.question.as_of)
        except BeyondCalendarError:
            continue  # Its rows count, with nothing beyond what was agreed.


def _add_varying(connection: Connection, verdicts: Table, asked: Asked, judging: Judging, sums: Sums, *only: ColumnElement[bool]) -> None:
    """Adds the verdicts whose parties depend on the instant: few, and each judged by itself."""
    v, named = verdicts.c, asked.filters.get("party")
    columns = [_column(verdicts, grouping) for grouping in asked.group_by]
    anybody = asked._replace(filters={name: value for name, value in asked.filters.items() if name != "party"})
    rows = select(_standing(verdicts, asked), v.lead, v.id, v.amount, v.currency, *columns).where(
        _chosen(verdicts, anybody), v.party == VARYING, *only
    )
    for standing, lead, name, amount, currency, *group in connection.execute(rows):
        bearing = {party: part for party, part in judging(lead, name).items() if named in (None, party)}
        for number, (party, part) in enumerate(bearing.items()):
            own = tuple(party if grouping == "party" else value for grouping, value in zip(asked.group_by, group, strict=True))
            money = {} if currency is None else {currency: amount * part.share}
            sums.of(standing, own).add(1, int(not number), part.share, part.overrun_seconds, money)


# Which rows


def _column(verdicts: Table, grouping: str) -> ColumnElement[Any]:
    return verdicts.c.leg if grouping == "handoff" else verdicts.c[grouping]


def _standing(verdicts: Table, asked: Asked) -> ColumnElement[str]:
    """How a row counts."""
    settled = case((verdicts.c.status.in_(("disputed", "overturned")), verdicts.c.status), else_="final")
    return case((and_(provisional(verdicts, asked.in_force), verdicts.c.status != "overturned"), "provisional"), else_=settled)


def _status(verdicts: Table, asked: Asked) -> ColumnElement[str]:
    """The status that the verdict shows."""
    on_trial = and_(verdicts.c.status == "standing", provisional(verdicts, asked.in_force))
    return case((on_trial, "provisional"), else_=verdicts.c.status)


def _chosen(verdicts: Table, asked: Asked) -> ColumnElement[bool]:
    """The rows asked about, as they hold at the question's instant."""
    v = verdicts.c
    where = [known(verdicts, asked.question.known_at), holds(verdicts, asked.question.as_of)]
    if "code" not in asked.filters and "lead" not in asked.filters:
        where.append(v.code.not_in(SUMMARIES))
    for name, value in asked.filters.items():
        match name:
            case "status":
                where.append(_status(verdicts, asked) == value)
            case "standing":
                where.append(_standing(verdicts, asked) == value)
            case "associated":
                where.append(literal(",").concat(v.associated).concat(",").contains(f",{value},", autoescape=True))
            case _:
                column = _column(verdicts, name)
                where.append(column.is_(None) if value == NOT_SAID else column == value)
    if asked.since is not None:
        where.append(v.since >= asked.since)
    if asked.until is not None:
        where.append(v.since < asked.until)
    return and_(*where)


# The verdicts behind a figure


class VerdictRow(NamedTuple):
    """Which verdict on which lead, and since when."""

    since: Instant
    id: str
    lead: str


Place = tuple[Instant, str]


def listed(connection: Connection, verdicts: Table, asked: Asked, judging: Judging, after: Place | None, limit: int) -> list[VerdictRow]:
    """The verdicts behind a figure, the latest first, at most `limit` behind the place of the last one of the page before."""
    v = verdicts.c
    query = _verdicts(verdicts, asked, connection, judging).with_only_columns(v.since, v.id, v.lead).distinct()
    if after is not None:
        query = query.where(tuple_(v.since, v.id) < tuple_(*map(literal, after)))
    return [VerdictRow(*row) for row in connection.execute(query.order_by(v.since.desc(), v.id.desc()).limit(limit))]


def count(connection: Connection, verdicts: Table, asked: Asked, judging: Judging) -> int:
    """How many verdicts `listed` would give in all."""
    distinct = _verdicts(verdicts, asked, connection, judging).with_only_columns(verdicts.c.id).distinct().subquery()
    found: int = connection.execute(select(func.count()).select_from(distinct)).scalar_one()
    return found


def _verdicts(verdicts: Table, asked: Asked, connection: Connection, judging: Judging) -> Select[Any]:
    """The rows asked about; where one party is, with those of which it bears a part at the instant asked about."""
    v, party = verdicts.c, asked.filters.get("party")
    if party is None:
        return select(v.id).where(_chosen(verdicts, asked))
    anybody = asked._replace(filters={name: value for name, value in asked.filters.items() if name != "party"})
    varying = connection.execute(select(v.lead, v.id).where(_chosen(verdicts, anybody), v.party == VARYING)).all()
    borne = [name for lead, name in varying if party in judging(lead, name)]
    return select(v.id).where(_chosen(verdicts, anybody), (v.party == party) | v.id.in_(borne))


def lead_of(connection: Connection, verdicts: Table, name: str, question: Question) -> str | None:
    """The lead that a verdict was ever known on by the moment of the question; None for no such verdict."""
    known_then = literal(True) if question.known_at is None else verdicts.c.known_from <= question.known_at
    found: Sequence[Any] = connection.execute(select(verdicts.c.lead).where(verdicts.c.id == name, known_then).limit(1)).scalars().all()
    return found[0] if found else None


class LastKnown(NamedTuple):
    """A row that held at the instant asked about until something became known: from when on, and the position of that."""

    from_at: Instant
    known_until: int


def last_known(connection: Connection, verdicts: Table, name: str, question: Question) -> LastKnown | None:
    """The last row of a verdict that was known once and is no longer; None where there is none."""
    v = verdicts.c
    by_then = v.known_until.is_not(None) if question.known_at is None else v.known_until <= question.known_at
    query = select(v.from_at, v.known_until).where(v.id == name, by_then, holds(verdicts, question.as_of))
    found = connection.execute(query.order_by(v.known_until.desc()).limit(1)).first()
    return None if found is None else LastKnown(*found)
