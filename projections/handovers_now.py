"""The matrix of now from the tally: what every handover counted would say, in milliseconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, Table, func, select

from projections.handovers import CHANGES, HELD, ON_LEADS, PING_PONGS, Asked, Cell, between, held, in_order, matrix


def matrix_of(connection: Connection, handovers: Table, leads: Table, tally: Table, asked: Asked) -> list[Cell]:
    """The matrix as asked, from the tally where it is enough."""
    parties = asked.giver, asked.receiver, asked.party
    plain = asked == Asked(asked.question, asked.level, giver=parties[0], receiver=parties[1], party=parties[2])
    if not plain or asked.question.known_at is not None or _lies_ahead(connection, handovers, asked):
        return matrix(connection, handovers, leads, asked)
    c = tally.c
    query = select(c.giver, c.receiver, c.measure, c.n).where(c.level == asked.level, *between(c.giver, c.receiver, asked))
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for giver, receiver, measure, n in connection.execute(query):
        counts[giver, receiver][measure] = n
    return in_order(_cell(connection, handovers, asked.level, *pair, counted) for pair, counted in counts.items())


def _lies_ahead(connection: Connection, handovers: Table, asked: Asked) -> bool:
    """Whether a handover lies ahead of the question: silence, or a client whose clock is ahead of ours."""
    c = handovers.c
    last = connection.execute(select(func.max(c.at)).where(c.known_until.is_(None), c.level == asked.level)).scalar()
    return last is not None and last > asked.question.as_of


def _cell(connection: Connection, handovers: Table, level: str, giver: str, receiver: str, counted: dict[str, int]) -> Cell:
    n = counted[CHANGES]
    times = held(n, counted[HELD], _median(connection, handovers, level, giver, receiver, n))
    return Cell(giver, receiver, n, counted[ON_LEADS], counted[PING_PONGS], times)


def _median(connection: Connection, handovers: Table, level: str, giver: str, receiver: str, n: int) -> float:
    """The middle one of the n times that a pair's givers had held, or the mean of the middle two: an index has them in order."""
    c = handovers.c
    pair = c.known_until.is_(None), c.level == level, c.giver == giver, c.receiver == receiver
    query = select(c.held).where(*pair).order_by(c.held).offset((n - 1) // 2).limit(2 - n % 2)
    middle: Sequence[int] = connection.execute(query).scalars().all()
    return sum(middle) / len(middle)
