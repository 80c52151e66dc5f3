"""Options and words that several commands share."""

from __future__ import annotations

import sqlite3
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from cryptography.x509 import Certificate, load_pem_x509_certificates
from eventsourcing.persistence import PersistenceError

from api.knowledge import Knowledge, Known
from api.problems import ProblemError
from api.settings import DATABASE_VARIABLE, DEFAULT_DATABASE, LOG_KEY_VARIABLE, WITNESSES_VARIABLE, master_key_source
from domain.agreement import Agreement
from domain.vocabulary import Instant, Language, instant
from ledger.book import Book
from ledger.key_file import UnusableKeyError, kept_key, log_key_file, new_log_key
from ledger.log import Log
from ledger.opening import SHAPES, place_of
from ledger.store import WrongSchemaError
from ledger.witnessing.asking import WitnessAt

DONE, WANTING, MISUSED = 0, 1, 2

Database = Annotated[str, typer.Option("--database", envvar=DATABASE_VARIABLE, help=f"The ledger, as {SHAPES}.")]
DATABASE = DEFAULT_DATABASE
_EXPECTED = "a file or a schema that Tasuki made, or a new one"
Host = Annotated[str, typer.Option("--host", help="Where to listen; the loopback only, until the first key is made.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65_535, help="Which port to listen on; 0 takes a free one.")]
Personal = Annotated[bool, typer.Option("--personal", help="Show personal data too, which otherwise is withheld.")]
Lang = Annotated[Language, typer.Option("--lang", help="The language: en or ja.")]
WHEN = "TIME"
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for machines.")]
LogKey = Annotated[
    Path | None,
    typer.Option("--log-key", envvar=LOG_KEY_VARIABLE, help="The file of the key that signs the log; beside the ledger if not given."),
]
Witnesses = Annotated[
    list[str] | None,
    typer.Option(
        "--witness",
        envvar=WITNESSES_VARIABLE,
        metavar="KEY@URL",
        help="A witness to be asked, by its public key and address; may be repeated.",
    ),
]

TsaCertificates = Annotated[
    list[Path] | None,
    typer.Option(
        "--tsa-certificate",
        metavar="FILE",
        help="Certificates (PEM) at which that of an authority of time is to end, those between included; may be repeated.",
    ),
]


def open_book(database: str, *, read_only: bool = False) -> Book:
    """The ledger, made where there is none yet. Ends the command where it cannot be opened, or the keys of its personal data
    cannot be read."""
    try:
        if read_only:
            return Book.open_to_read(database)
        book = Book.open(database, master_key=master_key_source(database))
        book.sealing.store.check()
        return book
    except (ValueError, WrongSchemaError) as error:
        misused(str(error))
    except (PersistenceError, sqlite3.Error) as error:
        misused(f"{place_of(database).name} cannot be opened as a ledger ({str(error).strip()}); expected {_EXPECTED}.")


def open_kept_book(database: str, *, read_only: bool = False) -> Book:
    """The ledger of a command that only reads it: a misspelt name is not to leave an empty ledger behind. Ends the
    command where there is none."""
    try:
        place = place_of(database)
        is_there = place.is_there()
    except ValueError as error:
        misused(str(error))
    except PersistenceError as error:
        misused(f"{place.name} cannot be read ({str(error).strip()}).")
    if not is_there:
        misused(f"There is no ledger {place.name}; name another with --database, or make one with serve, demo or import.")
    return open_book(database, read_only=read_only)


def instant_of(text: str | None, option: str, agreement: Agreement) -> Instant | None:
    """A day of an agreement's zone, or a time with its offset. Ends the command for anything else."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-16"):
            return agreement.calendar.midnight(date.fromisoformat(text))
        return instant(datetime.fromisoformat(text))
    except (ValueError, TypeError, OverflowError):
        misused(f"{option} takes a day such as 2026-11-16, or a time with its offset such as 2026-11-16T09:00:00+09:00.")


def known_of(knowledge: Knowledge, text: str | None, option: str) -> Known:
    """What was known at a position, or at a time with its offset; now if not given. Ends the command for anything else."""
    try:
        return knowledge.asked(None, text)
    except ProblemError:
        misused(f"{option} takes a position, or a time with its offset such as 2026-11-16T09:00:00+09:00.")


def opened_log(book: Book, database: str, log_key: Path | None) -> tuple[Log, Path]:
    """The ledger as a log, and the file of its key, which is made where there is none yet. Ends the command where it
    cannot be read."""
    file = log_key or log_key_file(place_of(database).beside)
    try:
        return Log(book, kept_key(file, new_log_key())), file
    except UnusableKeyError as error:
        misused(str(error))


def read_witnesses(texts: list[str] | None) -> tuple[WitnessAt, ...]:
    """The witnesses that a command names. Ends the command where one cannot be read."""
    try:
        return tuple(WitnessAt.read(text) for text in texts or ())
    except ValueError as error:
        misused(f"--witness: {error}")


def read_certificates(files: list[Path] | None) -> list[Certificate]:
    """The certificates in files. Ends the command where one cannot be read."""
    try:
        return [one for file in files or () for one in load_pem_x509_certificates(file.read_bytes())]
    except (OSError, ValueError):
        misused("--tsa-certificate takes files with certificates in PEM, as the authority publishes them.")


def misused(sentence: str) -> NoReturn:
    """Ends the command: it was used wrongly."""
    say(sentence)
    raise typer.Exit(MISUSED)


def wanting(sentence: str) -> NoReturn:
    """Ends the command: something was found wanting."""
    say(sentence)
    raise typer.Exit(WANTING)


def say(sentence: str) -> None:
    """Tells a person something, beside the output."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - a command speaks to whoever called it.
