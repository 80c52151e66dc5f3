"""`handovers`: every time a lead came from one holder to the next, by department and by person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Table, and_, case, distinct, func, select

from domain.episodes import Episode, Holding
from domain.timeline import Timeline
from domain.vocabulary import Instant
from projections.asking import Question, chosen
from projections.projection import BOOLEAN, INTEGER, TEXT, Projection, Row, known


def _rows(_: Timeline, episode: Episode) -> list[Row]:
    departments = [(episode.number, "department", *change) for change in _changes(episode.custodians)]
    return departments + [(episode.number, "owner", *change) for change in _changes(episode.owners)]


def _changes(holders: tuple[Holding, ...]) -> Iterator[Row]:
    """Consecutive holders as (number, at, giver, receiver, ping_pong, opened_by). The sequence holds no repeats, so
    A→B→A is a receiver who was the giver of the change before."""
    for number in range(1, len(holders)):
        giver, receiver = holders[number - 1], holders[number]
        ping_pong = number > 1 and holders[number - 2].holder == receiver.holder
        yield number, receiver.since, giver.holder, receiver.holder, ping_pong, receiver.opened_by


HANDOVERS = Projection(
    name="handovers",
    version=1,
    columns=(
        ("episode", INTEGER),
        ("level", TEXT),
        ("number", INTEGER),
        ("at", INTEGER),
        ("giver", TEXT),
        ("receiver", TEXT),
        ("ping_pong", BOOLEAN),
        ("opened_by", INTEGER),
    ),
    key=3,
    parts=lambda timeline: timeline.episodes,
    rows=_rows,
    indexes=(("level", "giver", "receiver", "at", "ping_pong"),),
)

LEVELS = ("department", "owner")


class Cell(NamedTuple):
    """How often one holder handed over to another, on how many leads, and how often it came straight back."""

    giver: str
    receiver: str
    handovers: int
    leads: int
    ping_pongs: int

    @property
    def same_person(self) -> bool:
        """Whether both names are one person's in two departments (a department is no person)."""
        giver, receiver = self.giver.partition(":")[2], self.receiver.partition(":")[2]
        return bool(giver) and giver == receiver


class Asked(NamedTuple):
    """Which handovers are asked about; the period is half open."""

    question: Question
    level: str = "department"
    since: Instant | None = None
    until: Instant | None = None
    filters: Mapping[str, str] = {}


def matrix(connection: Connection, handovers: Table, leads: Table, asked: Asked) -> list[Cell]:
    """Every pair of consecutive holders, the most frequent first."""
    figures = (func.count(), func.count(distinct(handovers.c.lead)), func.sum(case((handovers.c.ping_pong, 1), else_=0)))
    query = select(handovers.c.giver, handovers.c.receiver, *figures).where(
        known(handovers, asked.question.known_at), handovers.c.level == asked.level, handovers.c.at <= asked.question.as_of
    )
    if asked.since is not None:
        query = query.where(handovers.c.at >= asked.since)
    if asked.until is not None:
        query = query.where(handovers.c.at < asked.until)
    if asked.filters:
        query = query.join(leads, and_(leads.c.lead == handovers.c.lead, chosen(leads, asked.question, asked.filters)))
    cells = [Cell(*row) for row in connection.execute(query.group_by(handovers.c.giver, handovers.c.receiver))]
    return sorted(cells, key=lambda cell: (-cell.handovers, cell.giver, cell.receiver))
