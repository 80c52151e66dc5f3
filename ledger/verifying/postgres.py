"""A schema of PostgreSQL as a source of verification."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
from eventsourcing.persistence import OperationalError
from psycopg import IsolationLevel
from psycopg.rows import tuple_row

from ledger.postgres import MarkedCursor
from ledger.postgres_place import Address
from ledger.postgres_tables import FUNCTIONS, TRIGGERS
from ledger.verifying.database import PAGE, Database, NoLedgerError

_ALWAYS = "A"
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')"
_TRIGGERS = """SELECT tgname, relname, tgenabled::text, pg_get_triggerdef(pg_trigger.oid), prosrc,
        lanname = 'plpgsql' AND proconfig IS NULL AND pronamespace = relnamespace
    FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid JOIN pg_proc ON tgfoid = pg_proc.oid
        JOIN pg_language ON prolang = pg_language.oid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal"""


class PostgresDatabase(Database):
    """One schema."""

    def __init__(self, address: Address) -> None:
        """Raises NoLedgerError."""
        try:
            self._connection = address.connect()
        except OperationalError as error:
            raise NoLedgerError(f"{address.name} cannot be read ({str(error).strip()}).") from None
        self._connection.autocommit = False
        self._connection.isolation_level, self._connection.read_only = IsolationLevel.REPEATABLE_READ, True
        self._connection.cursor_factory = MarkedCursor
        self._cursor = self._connection.cursor(row_factory=tuple_row)
        ((self._schema,),) = self._rows("SELECT current_schema()")
        self._tables = frozenset(name for (name,) in self._rows(_TABLES)) if self._schema else frozenset()
        if "entries" not in self._tables:
            self.close()
            raise NoLedgerError(f"{address.name} holds no ledger.")
        self.size = self._rows("SELECT count(*) FROM entries")[0][0]

    def close(self) -> None:
        self._connection.close()

    def missing_guards(self) -> list[str]:
        found = {name: (table, enabled, definition, *function) for name, table, enabled, definition, *function in self._rows(_TRIGGERS)}
        return [name for name, (table, does) in TRIGGERS.items() if not self._guards(found.get(name), name, table, does)]

    def _guards(self, found: tuple[Any, ...] | None, name: str, table: str, does: str) -> bool:
        """Whether a trigger is the one that was made, is on for everybody, and does what it did."""
        if found is None or found[:2] != (table, _ALWAYS):
            return False
        function = re.sub(r".*\.(\w+)\(.*", r"\1", does)
        body = FUNCTIONS[function].format(schema=self._schema)
        made = f"CREATE TRIGGER {name} {does.format(schema=self._schema)}"
        return self._plain(found[2]) == self._plain(made) and found[3:] == (body, True)

    def _plain(self, definition: str) -> str:
        """A definition without its schema, which the database leaves out where it need not be said."""
        return definition.replace(f"{self._schema}.", "")

    def _pages(self, statement: str) -> Iterator[list[Any]]:
        with psycopg.ServerCursor(self._connection, "pages", row_factory=tuple_row) as cursor:
            cursor.execute(statement, binary=True)
            while page := cursor.fetchmany(PAGE):
                yield page
