"""`handovers`: every time a lead came from one holder to the next, by department and by person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, distinct, func, literal, or_, select, tuple_

from domain.episodes import Episode, Holding
from domain.timeline import Timeline
from domain.vocabulary import SECOND, Instant
from projections.asking import Question, chosen
from projections.projection import BOOLEAN, INTEGER, TEXT, Counts, Projection, Row, Tally, known


def _rows(_: Timeline, episode: Episode) -> list[Row]:
    departments = [(episode.number, "department", *change) for change in _changes(episode.custodians)]
    return departments + [(episode.number, "owner", *change) for change in _changes(episode.owners)]


def _changes(holders: tuple[Holding, ...]) -> Iterator[Row]:
    """Consecutive holders as (number, at, held, giver, receiver, ping_pong, opened_by), `held` being how long the giver had
    held. The sequence holds no repeats, so A→B→A is a receiver who was the giver of the change before."""
    for number in range(1, len(holders)):
        giver, receiver = holders[number - 1], holders[number]
        ping_pong = number > 1 and holders[number - 2].holder == receiver.holder
        yield number, receiver.since, receiver.since - giver.since, giver.holder, receiver.holder, ping_pong, receiver.opened_by


CHANGES, ON_LEADS, PING_PONGS, HELD = "handovers", "leads", "ping_pongs", "held"
"""What the tally counts of each pair: its handovers, the leads they are of, those that went straight back, and how long givers
had held in all."""


def _counts(timeline: Timeline) -> Counts:
    """What a lead adds to the matrix of now."""
    counts: Counts = []
    pairs: set[tuple[str, str, str]] = set()
    for episode in timeline.episodes:
        for _, level, _, _, held, giver, receiver, ping_pong, _ in _rows(timeline, episode):
            pair = level, giver, receiver
            pairs.add(pair)
            measures = {CHANGES: 1, PING_PONGS: int(ping_pong), HELD: held}
            counts += [((*pair, measure), n) for measure, n in measures.items() if n]
    return [*counts, *(((*pair, ON_LEADS), 1) for pair in pairs)]


HANDOVERS = Projection(
    name="handovers",
    version=5,
    columns=(
        ("episode", INTEGER),
        ("level", TEXT),
        ("number", INTEGER),
        ("at", INTEGER),
        ("held", INTEGER),
        ("giver", TEXT),
        ("receiver", TEXT),
        ("ping_pong", BOOLEAN),
        ("opened_by", INTEGER),
    ),
    key=3,
    parts=lambda timeline: timeline.episodes,
    rows=_rows,
    indexes=(
        ("level", "giver", "receiver", "at", "ping_pong"),
        ("level", "giver", "receiver", "held"),
        ("level", "at", "ping_pong", "known_until"),
    ),
    tally=Tally(columns=("level", "giver", "receiver", "measure"), counts=_counts),
)

LEVELS = ("department", "owner")


class Held(NamedTuple):
    """How long the givers had held what they handed over, in wall-clock seconds: all of it together, on average, and
    the median."""

    total: float
    mean: float
    median: float


class Cell(NamedTuple):
    """How often one holder handed over to another, on how many leads, how often it came straight back, and how long it
    had been held."""

    giver: str
    receiver: str
    handovers: int
    leads: int
    ping_pongs: int
    held_seconds: Held

    @property
    def same_person(self) -> bool:
        """Whether both names are one person's in two departments (a department is no person)."""
        giver, receiver = self.giver.partition(":")[2], self.receiver.partition(":")[2]
        return bool(giver) and giver == receiver


class Asked(NamedTuple):
    """Which handovers are asked about; the period is half open. `giver`, `receiver` and `party`, which is either of the two,
    are a department, which stands for its people as well, or a person."""

    question: Question
    level: str = "department"
    since: Instant | None = None
    until: Instant | None = None
    filters: Mapping[str, str] = {}
    giver: str | None = None
    receiver: str | None = None
    party: str | None = None
    came_back: bool | None = None
    """Only those that went straight back, or only the others."""


class Change(NamedTuple):
    """One handover of a lead; `held_seconds` is how long the giver had held it, by the wall clock."""

    lead: str
    episode: int
    number: int
    at: Instant
    giver: str
    receiver: str
    held_seconds: float
    ping_pong: bool
    opened_by: int


Place = tuple[Instant, str, int, int]
"""Where a page of changes begins: behind this instant, lead, episode and number."""


def count(connection: Connection, handovers: Table, leads: Table, asked: Asked) -> int:
    """How many changes `listed` would give in all."""
    query = _chosen(select(func.count()).select_from(handovers), handovers, leads, asked)
    found: int = connection.execute(query).scalar_one()
    return found


def listed(connection: Connection, handovers: Table, leads: Table, asked: Asked, after: Place | None, limit: int) -> list[Change]:
    """The handovers behind a cell, at most `limit`, the latest first."""
    c = handovers.c
    columns = (c.lead, c.episode, c.number, c.at, c.giver, c.receiver, c.held, c.ping_pong, c.opened_by)
    query = _chosen(select(*columns), handovers, leads, asked).order_by(c.at.desc(), c.lead, c.episode, c.number).limit(limit)
    if after is not None:
        at, *place = after
        behind = tuple_(c.lead, c.episode, c.number) > tuple_(*map(literal, place))
        query = query.where(or_(c.at < at, and_(c.at == at, behind)))
    return [
        Change(lead, episode, number, at, giver, receiver, held / SECOND, bool(back), opened_by)
        for lead, episode, number, at, giver, receiver, held, back, opened_by in connection.execute(query)
    ]


def matrix(connection: Connection, handovers: Table, leads: Table, asked: Asked) -> list[Cell]:
    """Every pair of consecutive holders, the most frequent first."""
    one = _ranked(handovers, leads, asked).subquery()
    is_middle = (2 * one.c.place).between(one.c.n, one.c.n + 2)  # One handover of an odd number of them, two of an even one.
    figures = (
        func.count(),
        func.count(distinct(one.c.lead)),
        func.sum(case((one.c.ping_pong, 1), else_=0)),
        func.sum(one.c.held),
        func.avg(case((is_middle, one.c.held))),
    )
    rows = connection.execute(select(one.c.giver, one.c.receiver, *figures).group_by(one.c.giver, one.c.receiver))
    cells = [Cell(giver, receiver, n, on, back, held(n, total, middle)) for giver, receiver, n, on, back, total, middle in rows]
    return in_order(cells)


def in_order(cells: Iterable[Cell]) -> list[Cell]:
    """The most frequent first, then by name."""
    return sorted(cells, key=lambda cell: (-cell.handovers, cell.giver, cell.receiver))


def _ranked(handovers: Table, leads: Table, asked: Asked) -> Select[Any]:
    """The handovers that are asked about, each with how long the giver had held (`held`), its `place` among the `n` of
    its pair, the shortest first."""
    held, pair = handovers.c.held, (handovers.c.giver, handovers.c.receiver)
    query = select(
        *pair,
        handovers.c.lead,
        handovers.c.ping_pong,
        held,
        func.row_number().over(partition_by=pair, order_by=held).label("place"),
        func.count().over(partition_by=pair).label("n"),
    )
    return _chosen(query, handovers, leads, asked)


def _chosen(query: Select[Any], handovers: Table, leads: Table, asked: Asked) -> Select[Any]:
    """A query of the handovers that are asked about, and no others."""
    c = handovers.c
    query = query.where(known(handovers, asked.question.known_at), c.level == asked.level, c.at <= asked.question.as_of)
    if asked.since is not None:
        query = query.where(c.at >= asked.since)
    if asked.until is not None:
        query = query.where(c.at < asked.until)
    query = query.where(*between(c.giver, c.receiver, asked))
    if asked.came_back is not None:
        query = query.where(c.ping_pong if asked.came_back else ~c.ping_pong)
    if asked.filters:
        query = query.join(leads, and_(leads.c.lead == c.lead, chosen(leads, asked.question, asked.filters)))
    return query


def between(giver: ColumnElement[str], receiver: ColumnElement[str], asked: Asked) -> Iterator[ColumnElement[bool]]:
    """Whether a pair of holders is asked about."""
    if asked.giver is not None:
        yield _is(giver, asked.giver)
    if asked.receiver is not None:
        yield _is(receiver, asked.receiver)
    if asked.party is not None:
        yield or_(_is(giver, asked.party), _is(receiver, asked.party))


def _is(holder: ColumnElement[str], party: str) -> ColumnElement[bool]:
    """Whether a holder is a party, or one of its people."""
    return or_(holder == party, holder.startswith(f"{party}:", autoescape=True))


def held(handovers: int, total: int, median: float) -> Held:
    """Of durations in microseconds."""
    return Held(total / SECOND, total / SECOND / handovers, median / SECOND)
