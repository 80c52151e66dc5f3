"""The rows of clocks that something may be told of: those still open that became known lately, those settled lately,
and a clock as it was known at an earlier position. Each is a look into an index; nothing scans what is long over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, select

from domain.agreement import Agreement, Promise, Relay
from domain.notices import Notice, Stretch, notices
from domain.vocabulary import Instant
from projections.projection import known


class ClockKey(NamedTuple):
    """Which clock it is."""

    lead: str
    episode: int
    promise: str
    instance: int


class ClockRow(NamedTuple):
    """A row of `clocks`, with what a notice says of it."""

    lead: str
    episode: int
    promise: str
    instance: int
    from_at: Instant
    known_from: int
    until_at: Instant | None
    kind: str
    promisor: str
    promisee: str
    handoff: str | None
    owner: str | None
    agreement: str
    state: Any
    started_at: Instant
    due_at: Instant | None
    late_at: Instant | None
    ended_at: Instant | None
    allowed_seconds: int | None
    used_seconds: int | None
    settled: bool
    began_at: Instant

    @property
    def key(self) -> ClockKey:
        return ClockKey(self.lead, self.episode, self.promise, self.instance)


def open_since(connection: Connection, clocks: Table, position: int) -> list[ClockRow]:
    """The clocks that events have not settled, in what became known of them behind a position."""
    return _rows(connection, clocks, known(clocks, None), clocks.c.settled.is_(False), clocks.c.known_from > position)


def settled_since(connection: Connection, clocks: Table, at: Instant, until: Instant) -> list[ClockRow]:
    """The clocks that events have settled, ended in a stretch of time."""
    return _rows(connection, clocks, known(clocks, None), clocks.c.settled.is_(True), clocks.c.ended_at >= at, clocks.c.ended_at < until)


def still_known(connection: Connection, clocks: Table, row: ClockRow) -> bool:
    """Whether a row is still what is known."""
    place = (_is(clocks, row.key), clocks.c.from_at == row.from_at, clocks.c.known_from == row.known_from)
    return connection.execute(select(clocks.c.lead).where(*place, known(clocks, None))).first() is not None


def as_known(connection: Connection, clocks: Table, key: ClockKey, position: int | None) -> list[ClockRow]:
    """The rows of a clock as they were known at a position; None asks for what is known now."""
    return _rows(connection, clocks, _is(clocks, key), known(clocks, position))


def _is(clocks: Table, key: ClockKey) -> ColumnElement[bool]:
    return and_(*(clocks.c[name] == value for name, value in key._asdict().items()))


def _rows(connection: Connection, clocks: Table, *where: ColumnElement[bool]) -> list[ClockRow]:
    query = select(*(clocks.c[name] for name in ClockRow._fields)).where(*where)
    return [ClockRow(*row) for row in connection.execute(query).all()]


class Terms:
    """The promises and relays of agreements, by agreement and name."""

    def __init__(self, agreements: Mapping[str, Agreement]) -> None:
        self._agreements = agreements
        self._terms: dict[str, dict[str, Promise | Relay]] = {}

    def agreement(self, row: ClockRow) -> Agreement:
        """The agreement that a clock runs under."""
        return self._agreements[row.agreement]

    def notices(self, row: ClockRow) -> Iterator[Notice]:
        """Everything to be told of a row, past and to come."""
        agreement = self._agreements[row.agreement]
        terms = self._terms.get(agreement.id)
        if terms is None:
            terms = self._terms[agreement.id] = {term.id: term for term in _all(agreement)}
        yield from notices(
            Stretch(
                terms[row.promise],
                agreement,
                row.from_at,
                row.until_at,
                row.state,
                row.due_at,
                row.late_at,
                row.ended_at,
                row.allowed_seconds,
                row.used_seconds,
            )
        )


def _all(agreement: Agreement) -> Sequence[Promise | Relay]:
    return (*agreement.promises, *agreement.relays)
