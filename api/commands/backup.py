"""`tasuki backup` and `tasuki restore`: a ledger and its keys, each in a file of its own, verified on the way out and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from sqlalchemy.exc import SQLAlchemyError

from api.commands.options import DATABASE, Database, Json, LogKey, misused, open_book, say, wanting
from api.commands.verify import WitnessKeys, kept_notes, log_keys, public_keys, remembered, verified_ledger
from api.exporting.outputs import TakenError, new_path
from api.settings import master_key_source
from ledger.backing_up import copy_database
from ledger.key_file import UnusableKeyError, log_key_file
from ledger.opening import place_of
from ledger.sealing.key_store import KeyStore, key_store_file
from ledger.sealing.master_key import FILE_VARIABLE
from ledger.sqlite import SQLitePlace
from ledger.verifying.signatures import Trusted
from ledger.verifying.verification import Verified
from ledger.witnessing.asking import Memory

Keys = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="A file for the keys of personal data, which are to be kept apart from the ledger's."),
]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file for the ledger.")],
    keys: Keys = None,
    log_key: LogKey = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Copy the ledger while it is served, verify the copy, and say how far it reaches. Personal data is sealed in it; the keys go
    into a file of their own, and the master key and the log's key into neither."""
    path = _path(database)
    if not path.is_file():
        misused(f"There is no ledger {path}; name another with --database.")
    kept = key_store_file(str(path))
    if keys is not None and not kept.is_file():
        misused("The ledger has no keys of personal data yet; leave --keys out.")
    with _made(file) as copy, ExitStack() as also:
        _copy(path, copy)
        found = _verified(copy, database, log_key, None)
        if keys is not None:
            _copy(kept, also.enter_context(_made(keys)))
    _tell(f"{file}: a copy of {found.size:,} entries in which nothing was found wrong.", found, file, keys, json=json)
    if keys is None and kept.is_file():
        say("The keys of personal data are not in it; copy them with --keys, and keep them elsewhere.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A ledger, as `tasuki backup` wrote it.")],
    keys: Keys = None,
    witness: WitnessKeys = None,
    log_key: LogKey = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Put a copy of a ledger in the place of one that is gone; nothing is written over. It is verified first, against the last head
    that was witnessed too. Who was erased since the copy was made is erased again."""
    if not file.is_file():
        misused(f"There is no copy {file}.")
    path = _path(database)
    with _made(path) as ledger, ExitStack() as also:
        _copy(file, ledger)
        found = _verified(ledger, database, log_key, witness)
        if keys is not None:
            unfinished = also.enter_context(_made(key_store_file(str(path))))
            _copy(keys, unfinished)
            _check_master_key(keys, unfinished, database)
    with open_book(database) as book:
        if not book.sealing.store.exists:
            say("There are no keys beside it; if personal data is sealed in it, put their copy there with --keys.")
    _tell(f"{path}: {found.size:,} entries, of which the first {found.witnessed:,} are witnessed.", found, file, keys, json=json)


def _path(database: str) -> Path:
    """The ledger's file. Ends the command where a server keeps it, which has means of its own for that."""
    try:
        place = place_of(database)
    except ValueError as error:
        misused(str(error))
    if not isinstance(place, SQLitePlace):
        misused("PostgreSQL's own tools copy a ledger that it keeps: pg_dump or pg_basebackup; `tasuki verify` checks what they restore.")
    return Path(place.path)


@contextmanager
def _made(path: Path) -> Iterator[Path]:
    """A place that gets its name once all is done. Ends the command where something is there, or was: SQLite would take what
    the log of a lost database holds into the one that is put in its place."""
    if logs := [str(log) for log in (Path(f"{path}-wal"), Path(f"{path}-journal")) if log.exists()]:
        misused(f"{' and '.join(logs)} of a database that was there before is left; move it away together with {path}.")
    try:
        with new_path(str(path)) as unfinished:
            yield unfinished
    except TakenError as error:
        misused(str(error))


def _copy(source: Path, target: Path) -> None:
    try:
        copy_database(source, target)
    except (OSError, sqlite3.Error) as error:
        misused(f"{source} cannot be copied to {target} ({error}).")


def _check_master_key(keys: Path, copy: Path, database: str) -> None:
    """Ends the command where the master key at hand does not open the keys."""
    source = master_key_source(database)
    try:
        with closing(KeyStore(copy, source)) as store:
            store.check()
    except (UnusableKeyError, SQLAlchemyError):
        misused(
            f"The keys in {keys} are not wrapped under the master key that {source.place} holds, or are none; name the right one by"
            f" {FILE_VARIABLE}. Nothing is restored."
        )


def _verified(copy: Path, database: str, log_key: Path | None, witness: list[str] | None) -> Verified:
    """What the copy is found to be. Ends the command where it is not what was signed and witnessed."""
    key_file = log_key or log_key_file(str(_path(database)))
    trusted = Trusted(log_keys(None, key_file), public_keys("--witness", witness), kept_notes(remembered(Memory(key_file))), [])
    found = verified_ledger(f"sqlite:///{copy}", trusted, False, None)
    if not found.holds:
        faults = " ".join(f"{stage.stage}: {stage.detail}" for stage in found.stages if stage.state == "failed")
        wanting(f"The copy is not whole, and is not kept. {faults}")
    return found


def _tell(sentence: str, found: Verified, file: Path, keys: Path | None, *, json: bool) -> None:
    answer: dict[str, Any] = {"file": str(file), "entries": found.size, "signed": found.signed, "witnessed": found.witnessed}
    answer["keys"] = None if keys is None else str(keys)
    typer.echo(msgspec.json.encode(answer).decode() if json else sentence)
