"""A ledger with read models, signed and witnessed, and whoever owns its file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ledger.key_file import kept_key, log_key_file, new_log_key, read_key
from ledger.log import Log
from ledger.notes import WITNESS, Signer
from ledger.verifying.database import SQLiteDatabase
from ledger.verifying.signatures import Trusted
from ledger.verifying.verification import Verified, verified
from ledger.witnessing.protocol import written
from ledger.witnessing.witness import Witness
from tests.ledger.appending import claim

from .owning import Owned, OwnedFile

ENTRIES, UNSIGNED = 600, 20
Forge = Callable[..., None]
Verify = Callable[..., Verified]


def quietly(_: str) -> Callable[[int], None]:
    """Tells nobody how far a verification is."""
    return lambda _: None


def sign(ledger: Owned, key: Signer, witness: Witness | None = None) -> None:
    """Signs the head, and has it witnessed."""
    with ledger.book() as book:
        log = Log(book, key)
        under = log.sign()
        if witness is not None:
            seen = witness.seen(log.origin)
            found = log.consistency(seen.size) if seen else None
            answer = witness.add(written(seen.size if seen else 0, found.proof if found else [], under.note))
            assert answer.status == 200, answer.text
            log.keep_cosignature(under, witness.verifier.name, answer.text)


def append(ledger: Owned, first: int, number: int) -> None:
    """Appends captures, seven in a commit."""
    with ledger.book() as book:
        claims = [claim(f"e-{n}", lead=f"L-{n}") for n in range(first, first + number)]
        for begin in range(0, number, 7):
            book.append(claims[begin : begin + 7])


def witness_in(folder: Path, signer: Signer, key: Signer) -> Witness:
    return Witness(signer, folder / "elsewhere" / "seen.db", {key.verifier.name: key.verifier}, lambda: 1)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger of 600 entries: 400 witnessed, 580 signed, 20 not signed yet. Made once, and copied."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "elsewhere").mkdir()
    path, signer = folder / "book.db", kept_key(folder / "witness.key", Signer.new("sales.example/witness", WITNESS))
    key = kept_key(log_key_file(str(path)), new_log_key())
    ledger = OwnedFile(path)
    append(ledger, 1, 400)
    sign(ledger, key, witness_in(folder, signer, key))
    append(ledger, 401, 180)
    sign(ledger, key)
    append(ledger, 581, UNSIGNED)
    return folder


@pytest.fixture
def ledger(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "book.db"


@pytest.fixture
def path(ledger: Path) -> Path:
    return ledger


@pytest.fixture
def key(ledger: Path) -> Signer:
    return read_key(log_key_file(str(ledger)))


@pytest.fixture
def witness(ledger: Path, key: Signer) -> Witness:
    return witness_in(ledger.parent, read_key(ledger.parent / "witness.key"), key)


@pytest.fixture
def verify(path: Path, key: Signer, witness: Witness) -> Verify:
    """An auditor who has the log's and the witness's public keys, and what else is given."""

    def run(trusted: Trusted | None = None) -> Verified:
        keys = Trusted([key.verifier], [witness.verifier])
        with closing(SQLiteDatabase(str(path))) as database:
            return verified(database, keys if trusted is None else trusted, quietly)

    return run


@pytest.fixture
def forge(path: Path) -> Forge:
    """Whoever owns the file: takes away what guards it, does something, and puts everything back as it was."""

    def do(*acts: str, hide: bool = True) -> None:
        with OwnedFile(path).unguarded(hide=hide) as execute:
            for act in acts:
                execute(act)

    return do
