"""OCEL 2.0 as an SQLite file: a table for each type of event and object, and tables of what belongs to what."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from api.exporting.attributes import Kind, Value, text_of, time_of
from api.exporting.figures import Figures
from api.exporting.ocel import EVENT_TYPES, OBJECT_TYPES, OcelEvent, OcelObject, told_in_objects
from api.exporting.source import Source

_COLUMNS: Mapping[Kind, str] = {"string": "TEXT", "integer": "INTEGER", "boolean": "INTEGER", "time": "TIMESTAMP"}
_TABLES = """
CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT NOT NULL);
CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT NOT NULL);
CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT NOT NULL);
CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT NOT NULL);
CREATE TABLE event_object (
    ocel_event_id TEXT NOT NULL, ocel_object_id TEXT NOT NULL, ocel_qualifier TEXT NOT NULL,
    PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier));
CREATE TABLE object_object (
    ocel_source_id TEXT NOT NULL, ocel_target_id TEXT NOT NULL, ocel_qualifier TEXT NOT NULL,
    PRIMARY KEY (ocel_source_id, ocel_target_id, ocel_qualifier));
"""


def write_ocel_sqlite(source: Source, path: Path) -> Figures:
    """Fills a new file."""
    counts = {"events": 0, "objects": 0}
    with closing(sqlite3.connect(path)) as connection:
        # A file that was not finished is thrown away, so that nothing has to be safe before the end.
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=OFF")
        connection.executescript(_TABLES)
        for prefix, time_columns, types in (("event", "", EVENT_TYPES), ("object", ", ocel_changed_field TEXT", OBJECT_TYPES)):
            for name, kinds in types.items():
                own = "".join(f', "{column}" {_COLUMNS[kind]}' for column, kind in kinds.items())
                connection.execute(f'CREATE TABLE "{prefix}_{_mapped(name)}" (ocel_id TEXT, ocel_time TIMESTAMP{time_columns}{own})')
                connection.execute(f"INSERT INTO {prefix}_map_type VALUES (?,?)", (name, _mapped(name)))  # noqa: S608 - our own words
        for told in told_in_objects(source):
            if isinstance(told, OcelEvent):
                _add_event(connection, told)
                counts["events"] += 1
            else:
                _add_object(connection, told)
                counts["objects"] += 1
        connection.commit()
    return counts


def _mapped(type_: str) -> str:
    """A type's name as part of a table's: `handoff.offered` → `HandoffOffered`."""
    return "".join(word.capitalize() for word in type_.replace("_", ".").split("."))


def _add_event(connection: sqlite3.Connection, event: OcelEvent) -> None:
    connection.execute("INSERT INTO event VALUES (?,?)", (event.id, event.type))
    _add(connection, f"event_{_mapped(event.type)}", {"ocel_id": event.id, "ocel_time": time_of(event.at)}, event.values)
    relations = ((event.id, about, qualifier) for about, qualifier in event.relations)
    connection.executemany("INSERT INTO event_object VALUES (?,?,?)", relations)


def _add_object(connection: sqlite3.Connection, told: OcelObject) -> None:
    """What was known at first in one row; every later change in one of its own, which names what changed."""
    connection.execute("INSERT INTO object VALUES (?,?)", (told.id, told.type))
    table = f"object_{_mapped(told.type)}"
    first = min((since for _, since, _ in told.values), default=0)
    begun = {name: value for name, since, value in told.values if since == first}
    _add(connection, table, {"ocel_id": told.id, "ocel_time": time_of(first)}, begun)
    for name, since, value in told.values:
        if since != first:
            row = {"ocel_id": told.id, "ocel_time": time_of(since), "ocel_changed_field": name}
            _add(connection, table, row, {name: value})
    relations = ((told.id, other, qualifier) for other, qualifier in told.relations)
    connection.executemany("INSERT INTO object_object VALUES (?,?,?)", relations)


def _add(connection: sqlite3.Connection, table: str, named: Mapping[str, Any], values: Mapping[str, Value]) -> None:
    row = {**named, **{name: value if isinstance(value, (bool, int)) else text_of(value) for name, value in values.items()}}
    columns, marks = ",".join(f'"{column}"' for column in row), ",".join("?" * len(row))
    connection.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', list(row.values()))  # noqa: S608 - our own names
