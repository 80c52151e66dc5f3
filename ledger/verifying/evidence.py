"""Which source of verification a URL names."""

from __future__ import annotations

from ledger.opening import place_of
from ledger.postgres import PostgresPlace
from ledger.verifying.database import Database, SQLiteDatabase
from ledger.verifying.postgres import PostgresDatabase


def evidence(url: str) -> Database:
    """A ledger that is there, to be verified. Raises ValueError, of which NoLedgerError is one."""
    place = place_of(url)
    return PostgresDatabase(place.address) if isinstance(place, PostgresPlace) else SQLiteDatabase(place.beside)
