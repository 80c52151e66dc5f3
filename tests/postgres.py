"""A schema of its own on a PostgreSQL server, for each test that asks for one.

`TASUKI_TEST_POSTGRES` names the server and the database, `postgresql:///test` if it is not set: the database `test` over the
socket, as whoever runs the tests.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg

SERVER = os.environ.get("TASUKI_TEST_POSTGRES", "postgresql:///test")


@cache
def is_there() -> bool:
    """Whether the server answers."""
    try:
        psycopg.connect(SERVER, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def fresh_schema() -> Iterator[str]:
    """The URL of a schema that nobody has used; it is gone afterwards with all that is in it."""
    schema = f"tasuki_test_{secrets.token_hex(6)}"
    try:
        yield f"{SERVER}{'&' if '?' in SERVER else '?'}schema={schema}"
    finally:
        with psycopg.connect(SERVER, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
