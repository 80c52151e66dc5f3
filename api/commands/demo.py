"""`tasuki demo`: a generated company's history in an empty ledger, then served."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from api.commands.options import DATABASE, Database, Port, misused, open_book, say
from api.commands.progress import folding
from api.commands.serve import run
from api.demo import generate, last_day, last_instant
from api.settings import Settings
from domain.events import LedgerOpened
from domain.vocabulary import Instant, instant
from ledger.book import Book, system_clock
from ledger.codec import recorded
from ledger.entry import LEAD, Answer, Claim, Refusal
from projections.read_store import ReadStore
from projections.rebuild import ensure_built

Group = tuple[Instant, Sequence[Claim]]
_GROUPS_TOGETHER = 200
_LEADS, _SEED = 500, 7
_FIRST_DAY = date(2003, 1, 1)
"""The earliest last day: the calendar of the company's agreement begins in 2000, and a history has two years at most."""
_GENERATED = re.compile(LEAD + "L-[0-9]{6,}")
"""The streams of generated leads, as opposed to those that somebody appended since."""


class Company(NamedTuple):
    """Which company a demonstration shows; None where nothing was said."""

    leads: int | None
    seed: int | None
    until: date | None


def demo(
    leads: Annotated[
        int | None, typer.Option("--leads", min=1, max=10_000_000, help=f"How many leads the company gets; {_LEADS} if not given.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, max=2**53 - 1, help=f"Another seed, another company; {_SEED} if not given.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until", formats=["%Y-%m-%d"], metavar="DATE", help="The last day of the history, which is over; up to now if not given."
        ),
    ] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it afterwards.")] = True,
    database: Database = DATABASE,
    port: Port = 8000,
) -> None:
    """Fill an empty ledger with a generated company, then serve it. Everything in it is invented.

    The same leads, seed and until give the same company."""
    asked = Company(leads, seed, until.date() if until else None)
    end = _end(asked.until)
    with open_book(database) as book:
        if book.head().position == 0:
            _fill(book, leads or _LEADS, _SEED if seed is None else seed, end)
        else:
            _check(book, asked)
        say(f"The ledger holds {book.head().position} events of a generated company; nothing in it is real.")
        if serve:
            _build(database, book)
    if serve:
        run(Settings(database=database, public_url=""), "127.0.0.1", port)


def _end(until: date | None) -> Instant:
    """The history's last instant. Ends the command where it lies in the future, or before the company's calendar."""
    now = system_clock()
    if until is None:
        return now
    if until < _FIRST_DAY or (end := last_instant(until)) > now:
        misused(f"A day that is over in Tokyo, from {_FIRST_DAY} on, is expected with --until; without it the history ends now.")
    return end


def _fill(book: Book, leads: int, seed: int, end: Instant) -> None:
    """Appends the history under the ledger clock that it names."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} events"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"inventing {leads} leads", total=None)
        for answers in _appended(book, generate(leads, seed, end)):
            bar.advance(task, len(answers))


def _appended(book: Book, history: Iterator[Group]) -> Iterator[Sequence[Answer]]:
    """The ledger's answers. A refusal would be a fault of the generator."""
    while together := list(islice(history, _GROUPS_TOGETHER)):
        answers = list(chain.from_iterable(book.append_groups(together)))
        for answer in answers:
            if isinstance(answer, Refusal):
                raise RuntimeError(f"The generator wrote an event that the ledger refuses: {answer.refused.detail}")
        yield answers


def _check(book: Book, asked: Company) -> None:
    """Ends the command where the ledger holds anything else than what is asked for."""
    held = _held(book)
    if held is None:
        misused("The ledger is not empty and holds something else than a demonstration; choose another file with --database.")
    if any(wanted not in (None, found) for wanted, found in zip(asked, held, strict=True)):
        misused(
            f"The ledger holds another company already, of --leads {held.leads} --seed {held.seed} --until {held.until}; "
            "leave the options out to see it, or choose another file with --database."
        )


def _held(book: Book) -> Company | None:
    """The company that the ledger shows, as far as it was written; None where it was not opened by a demonstration."""
    found = book.entry(1)
    opened = recorded(found[0]).event if found else None
    if found is None or not isinstance(opened, LedgerOpened):
        return None
    leads = sum(_GENERATED.fullmatch(stream) is not None for stream, _ in book.store.lead_streams())
    return Company(leads, opened.seed, last_day(instant(found[0].recorded_at), leads))


def _build(database: str, book: Book) -> None:
    """Builds the projections before somebody asks for them."""
    store = ReadStore(database)
    try:
        with folding() as progress:
            ensure_built(database, book, store, progress)
    finally:
        store.close()
