"""What every figure from the read models has in common: one moment of the tables, the agreement whose stages it
counts, and the words at the head of the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, func, select

from api.knowledge import Known, timestamp
from api.parameters import Asked, Reaching
from api.problems import refused
from api.service import Service
from domain.agreement import Agreement
from domain.the_model import THE_MODEL
from domain.vocabulary import Instant, instant, moment
from projections.asking import LEAD_FILTERS, Question
from projections.claims import CLAIMS
from projections.clocks import CLOCKS
from projections.disputes import DISPUTES
from projections.fits import FITS
from projections.handovers import HANDOVERS
from projections.leads import LEADS
from projections.offers import OFFERS
from projections.people import PEOPLE
from projections.projection import known
from projections.touches import TOUCHES
from projections.verdicts import VERDICTS
from projections.visits import RUN, VISITS


class Tables(NamedTuple):
    """The live tables in one read transaction, and the position they have read to."""

    connection: Connection
    leads: Table
    visits: Table
    leads_tally: Table
    visits_tally: Table
    handovers: Table
    handovers_tally: Table
    people: Table
    clocks: Table
    clocks_tally: Table
    offers: Table
    verdicts: Table
    verdicts_tally: Table
    disputes: Table
    claims: Table
    touches: Table
    fits: Table
    position: int


class Reader(NamedTuple):
    """A question that is being answered."""

    tables: Tables
    known: Known
    question: Question
    filters: Mapping[str, str]

    def head(self, agreement: str | None) -> dict[str, Any]:
        """How every answer begins."""
        return {
            "position": self.known.position,
            "as_of": moment(self.known.as_of),
            "known_at": moment(self.known.known_at),
            "agreement": agreement,
        }


@contextmanager
def reading(service: Service, asked: Asked) -> Iterator[Reader]:
    """Everything read in it is of one moment. Raises ProblemError for a moment that cannot be, and while the
    projections are being built."""
    moment_asked = service.knowledge.asked(asked.as_of, asked.known_at)
    least = _least(service, asked)
    with tables_read_to(service, least if moment_asked.is_present else max(least, moment_asked.position)) as tables:
        if moment_asked.is_present:
            moment_asked = service.knowledge.present(moment_asked.as_of, min(moment_asked.position, tables.position))
        question = Question(moment_asked.as_of, None if moment_asked.is_present else moment_asked.position)
        filters = {name: value for name in (*LEAD_FILTERS, "department") if (value := getattr(asked, name, None)) is not None}
        yield Reader(tables, moment_asked, question, filters)


def _least(service: Service, asked: Asked) -> int:
    """How far the tables are to have read. Raises ProblemError for a position that nothing stands at yet: nobody knows how long
    that would take, and whoever waits holds a place that others wait for."""
    least = (asked.min_position if isinstance(asked, Reaching) else None) or 0
    if least and least > (end := service.book.head().position):
        raise refused("invalid", f"The ledger ends at position {end}; what is waited for is to be recorded.", "/query/min_position")
    return least


@contextmanager
def tables_read_to(service: Service, position: int) -> Iterator[Tables]:
    """The live tables once they have read to a position: who asks by what was known then gets the same answer for ever,
    so it waits for tables that are a little behind. Raises ProblemError where they are far behind, or being built."""
    until = monotonic() + service.settings.wait_seconds
    while True:
        with service.tables.reading() as connection:
            tables = _tables(service, connection)
            if tables.position >= position:
                yield tables
                return
        _wait_for(service, position, tables.position, until)


def _wait_for(service: Service, position: int, reached: int, until: float) -> None:
    """Waits until the tables have read to a position, and a moment more where a replica is behind them. Raises ProblemError."""
    left = until - monotonic()
    try:
        service.follower.reached(position).result(max(left, 0))
    except (TimeoutError, CancelledError):
        left = 0
    if left <= 0:
        sentence = f"The projections have read to {reached} and not so far yet; /health/ready says how far they are."
        raise refused("unavailable", sentence)
    if service.tables is not service.store:
        sleep(_REPLICA_SECONDS)


_REPLICA_SECONDS = 0.02
"""How often a replica is looked at that is behind."""
_ANSWERING = (LEADS, VISITS, HANDOVERS, PEOPLE, CLOCKS, OFFERS, VERDICTS, DISPUTES, CLAIMS, TOUCHES, FITS)


def _tables(service: Service, connection: Connection) -> Tables:
    live = {made.name: made for made in service.tables.generations(connection) if made.live}
    generations = [live.get(projection.name) for projection in _ANSWERING]
    told = [found for found, made in zip(generations, _ANSWERING, strict=True) if found is not None and found.version == made.version]
    if not service.follower.is_built or len(told) < len(_ANSWERING):
        raise refused("unavailable", "The projections are being built; /health/ready says when they can tell.")
    numbers = {found.name: found.generation for found in told}
    leads, visits, handovers, people, clocks, offers, verdicts, disputes, claims, touches, fits = (
        service.tables.table(made, numbers[made.name]) for made in _ANSWERING
    )
    tallies = [made.tally_table(numbers[made.name], service.tables.metadata) for made in (LEADS, VISITS, HANDOVERS, CLOCKS, VERDICTS)]
    leads_tally, visits_tally, handovers_tally, clocks_tally, verdicts_tally = (tally for tally in tallies if tally is not None)
    return Tables(
        connection,
        leads,
        visits,
        leads_tally,
        visits_tally,
        handovers,
        handovers_tally,
        people,
        clocks,
        clocks_tally,
        offers,
        verdicts,
        verdicts_tally,
        disputes,
        claims,
        touches,
        fits,
        told[0].position,
    )


def agreement_of(service: Service, reader: Reader, named: str | None) -> Agreement:
    """The agreement whose stages are counted: the one named, else the one most episodes run under. Raises ProblemError."""
    shared = service.knowledge.shared(reader.known.position)
    if named is not None:
        if named not in shared.agreements:
            raise refused("not-found", "The ledger holds no agreement of this name and version at that moment.", "/query/agreement")
        return shared.agreement(named)
    most = reader.tables.connection.execute(_by_runs(reader)).scalar()
    return shared.agreements.get(most or "", THE_MODEL)


def _by_runs(reader: Reader) -> Select[str]:
    """The agreement that most episodes known at the reader's moment run under: of now from the tally."""
    tally, visits = reader.tables.visits_tally, reader.tables.visits
    if reader.question.known_at is None:
        query = select(tally.c.agreement).where(tally.c.kind == RUN)
        return query.group_by(tally.c.agreement).order_by(func.sum(tally.c.n).desc(), tally.c.agreement).limit(1)
    query = select(visits.c.agreement).where(known(visits, reader.question.known_at), visits.c.visit == 1)
    return query.group_by(visits.c.agreement).order_by(func.count().desc(), visits.c.agreement).limit(1)


def period(
    since: str | None, until: str | None, begins: str = "/query/from", ends: str = "/query/until"
) -> tuple[Instant | None, Instant | None]:
    """The half-open period from one time until another; either may be open. `begins` and `ends` are where they were asked.
    Raises ProblemError."""
    begin = None if since is None else instant(timestamp(since, begins))
    end = None if until is None else instant(timestamp(until, ends))
    if begin is not None and end is not None and end < begin:
        raise refused("invalid", "A period is to end after it begins.", ends)
    return begin, end
