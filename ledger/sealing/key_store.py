"""Where the keys of data subjects lie: in a database of their own, wrapped under the master key, and never in the ledger's.

A key that is erased leaves nothing behind in its file: SQLite writes zeroes over what it deletes, and its log is emptied. That
a subject was erased is kept here as well, so that an old ledger put back beside it takes nothing more about the subject.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    StaticPool,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)

from ledger.key_file import UnusableKeyError
from ledger.sealing.master_key import KEY_BYTES, MasterKey, MasterKeySource

_ID_BYTES = 8
_LOOK_UP = "look-up"
"""Whose key the digests of addresses are made with: no data subject is called so."""
_AT_ONCE = 10_000
_METADATA = MetaData()
_KEYS = Table(
    "subject_keys",
    _METADATA,
    Column("id", Text(), primary_key=True),
    Column("subject", Text(), nullable=False, index=True),
    Column("wrapped", LargeBinary(), nullable=False),
    Column("master", Text(), nullable=False),
)
_ERASED = Table("erased", _METADATA, Column("subject", Text(), primary_key=True))
_ADDRESSES = Table(
    "addresses",
    _METADATA,
    Column("digest", LargeBinary(), nullable=False, index=True),
    Column("subject", Text(), nullable=False, index=True),
    Column("position", BigInteger(), nullable=False),
)
"""A row for each time that an address was said; where the ledger then failed to record it, one that says nothing."""


def key_store_file(database: str) -> Path:
    """The file of the keys that belong to the ledger in a file."""
    return Path(f"{database}.personal-keys")


class SubjectKey(NamedTuple):
    """A data subject's key, and the id by which sealed fields name it."""

    id: str
    subject: str
    secret: bytes

    @classmethod
    def new(cls, subject: str) -> SubjectKey:
        return cls(base64.urlsafe_b64encode(os.urandom(_ID_BYTES)).decode().rstrip("="), subject, os.urandom(KEY_BYTES))


class Address(NamedTuple):
    """That an e-mail address, of which a keyed digest is kept, was said of a subject at a position."""

    digest: bytes
    subject: str
    position: int


class KeyStore:
    """The keys in one database, which is made when the first of them is needed."""

    def __init__(self, file: Path | None, source: MasterKeySource | None) -> None:
        """`file` and `source` are None for a ledger in memory, whose keys end with it."""
        self.file, self._source = file, source
        self._engine: Engine | None = None
        self._opening = threading.Lock()
        self._master = MasterKey.new() if source is None else None

    @property
    def exists(self) -> bool:
        """Whether any key was ever made."""
        return self._engine is not None or (self.file is not None and self.file.exists())

    def close(self) -> None:
        """Closes every connection."""
        if self._engine is not None:
            self._engine.dispose()

    # The master key

    def check(self) -> None:
        """Raises UnusableKeyError where keys are there and the master key is not the one that they are wrapped under."""
        if self.exists:
            with self.reading() as connection:
                for master in connection.scalars(select(_KEYS.c.master).distinct()):
                    self._master_of(master)

    def _master_of(self, id: str | None) -> MasterKey:
        """The master key of an id; it is read again where another is known, since it may have been changed meanwhile. None:
        the present one, made where there is none and nothing was ever wrapped."""
        if self._master is not None and id in (None, self._master.id):
            return self._master
        if self._source is not None:
            found = next((key for key in self._source.readable() if id in (None, key.id)), None)
            if found is None and id is None:
                found = self._source.make()
            if found is not None:
                self._master = found
                return found
        place = "another ledger's memory" if self._source is None else self._source.place
        raise UnusableKeyError(
            f"The keys of personal data are wrapped under the master key {id}, and {place} does not hold it. Put that master key back"
            f" from where it is kept; without it no personal data can be read. If it is lost for good, so is what was sealed: move"
            f" {self.file} away, and what comes is sealed under new keys."
        )

    def rotate(self, new: MasterKey) -> int:
        """Wraps every key under a new master key instead; gives how many. Sealed fields stay as they are."""
        with self.writing() as connection:
            rows = connection.execute(select(_KEYS)).all()
            for row in rows:
                wrapped = new.wrap(self._unwrapped(row).secret, _about(row.id, row.subject))
                connection.execute(update(_KEYS).where(_KEYS.c.id == row.id).values(wrapped=wrapped, master=new.id))
        self._empty_log()
        return len(rows)

    # Keys

    def keys_of(self, subjects: Collection[str]) -> dict[str, SubjectKey]:
        """The keys that some subjects have."""
        return {key.subject: key for key in self._keys(_KEYS.c.subject, subjects)}

    def keys_by_id(self, ids: Collection[str]) -> dict[str, SubjectKey]:
        """The keys of some ids, as far as they are there."""
        return {key.id: key for key in self._keys(_KEYS.c.id, ids)}

    def _keys(self, column: Column[str], values: Collection[str]) -> list[SubjectKey]:
        if not values or not self.exists:
            return []
        with self.reading() as connection:
            return [self._unwrapped(row) for row in _in_parts(connection, column, values)]

    def erased(self, subjects: Collection[str]) -> set[str]:
        """Which of some subjects were erased."""
        if not subjects or not self.exists:
            return set()
        with self.reading() as connection:
            return {row.subject for row in _in_parts(connection, _ERASED.c.subject, subjects)}

    def unburied(self, subjects: Collection[str]) -> set[str]:
        """Which of some subjects have a key, or are not known to be erased. Needs no master key."""
        with self.reading() as connection:
            with_key = {row.subject for row in _in_parts(connection, _KEYS.c.subject, subjects)}
            return with_key | (set(subjects) - {row.subject for row in _in_parts(connection, _ERASED.c.subject, subjects)})

    def add(self, keys: Sequence[SubjectKey], addresses: Sequence[Address]) -> None:
        """Keeps new keys and addresses; on disk when it returns."""
        if not keys and not addresses:
            return
        with self.writing() as connection:
            # The present master key is asked for here: another may take its place at any other moment.
            master = self._master_of(connection.scalars(select(_KEYS.c.master).limit(1)).first())
            rows = [
                {"id": key.id, "subject": key.subject, "wrapped": master.wrap(key.secret, _about(key.id, key.subject)), "master": master.id}
                for key in keys
            ]
            if rows:
                connection.execute(insert(_KEYS), rows)
            if addresses:
                connection.execute(insert(_ADDRESSES), [one._asdict() for one in addresses])

    def destroy(self, subjects: Collection[str]) -> None:
        """Erases subjects: their keys and addresses are gone from the file when it returns, and never made again."""
        if not subjects:
            return
        with self.writing() as connection:
            for subject in subjects:
                connection.execute(delete(_KEYS).where(_KEYS.c.subject == subject))
                connection.execute(delete(_ADDRESSES).where(_ADDRESSES.c.subject == subject))
                if connection.execute(select(_ERASED).where(_ERASED.c.subject == subject)).first() is None:
                    connection.execute(insert(_ERASED), {"subject": subject})
        self._empty_log()

    # Addresses

    def look_up_key(self) -> SubjectKey:
        """The key under which addresses are digested, made where there is none. It is random, and wrapped like those of
        subjects, so that the digests outlive a change of the master key."""
        key = self.keys_of([_LOOK_UP]).get(_LOOK_UP)
        if key is None:
            key = SubjectKey.new(_LOOK_UP)
            self.add([key], [])
        return key

    def said_of(self, digest: bytes) -> list[Address]:
        """Of whom an address was said, and where."""
        with self.reading() as connection:
            found = connection.execute(select(_ADDRESSES).where(_ADDRESSES.c.digest == digest).order_by(_ADDRESSES.c.position))
            return [Address(row.digest, row.subject, row.position) for row in found]

    # The database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction."""
        with self._opened().connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction, on disk when it ends."""
        with self._opened().connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = self._made()
            return self._engine

    def _made(self) -> Engine:
        """Errors of the database are told without what was asked for."""
        if self.file is None:
            engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}, hide_parameters=True)
        else:
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            engine = create_engine(f"sqlite:///{self.file}", connect_args={"timeout": 30}, hide_parameters=True)
        event.listen(engine, "connect", _prepare)
        _METADATA.create_all(engine)
        return engine

    def _empty_log(self) -> None:
        """Moves what the log holds into the database, where zeroes stand for what was deleted, and leaves nothing in it."""
        with self._opened().connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if busy:
            raise UnusableKeyError(f"The keys are deleted, but another program reads {self.file}, whose log still holds them; do it again.")

    def _unwrapped(self, row: Any) -> SubjectKey:
        return SubjectKey(row.id, row.subject, self._master_of(row.master).unwrap(row.wrapped, _about(row.id, row.subject)))


def _in_parts(connection: Connection, column: Column[str], values: Collection[str]) -> Iterator[Any]:
    """The rows of which a column holds one of many values."""
    wanted = list(values)
    for start in range(0, len(wanted), _AT_ONCE):
        yield from connection.execute(select(column.table).where(column.in_(wanted[start : start + _AT_ONCE])))


def _about(id: str, subject: str) -> str:
    """What a wrapped key is for: it does not unwrap as another subject's."""
    return f"{id} {subject}"


def _prepare(connection: Any, _record: object) -> None:
    """Every write is synced to disk, and what is deleted is overwritten."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
