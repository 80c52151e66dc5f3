"""Which database a URL names."""

from __future__ import annotations

from ledger.postgres import PostgresPlace
from ledger.sqlite import SQLitePlace
from ledger.store import Place

_SQLITE, _POSTGRES = "sqlite:///", ("postgresql://", "postgres://")
SHAPES = "sqlite:///FILE or postgresql://USER@HOST/DATABASE?schema=NAME"


def place_of(url: str) -> Place:
    """Where `sqlite:///tasuki.db` or `postgresql://tasuki@db.example/sales?schema=leads` keeps a ledger. Raises ValueError for
    another kind of URL."""
    if url.startswith(_SQLITE):
        return SQLitePlace(url.removeprefix(_SQLITE))
    if url.startswith(_POSTGRES):
        return PostgresPlace(url)
    raise ValueError(f"A database is given as {SHAPES}, not {url.partition(':')[0]}:….")
