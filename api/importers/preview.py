"""What the first rows of a file would become: nothing is recorded, and only so many rows are read."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from api.importers.cloud_events import claims_of
from api.importers.conditions import holds
from api.importers.formats import table
from api.importers.mapping import FileRule, Mapping
from api.importers.rejects import Reject
from api.importers.rows import BadRow, Reading, Row
from api.importers.run import check_columns, rules_of
from api.importers.spool import Spool
from api.importers.translating import RowFaultError, Translator, lead_and_time
from ledger.entry import Claim


class Previewed(NamedTuple):
    """A row of a file: the events it becomes, or why it becomes none. A row of no concern has neither."""

    line: int
    claims: Sequence[Claim]
    rejects: Sequence[Reject]


class FirstRows(NamedTuple):
    """How a file begins: its columns, where it has the same in every row, and the cells of its first rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def first_rows(path: Path, rows: int) -> FirstRows:
    """The beginning of a table. Raises UnreadableFileError."""
    with table(path, Reading()) as read:
        found = [row.values for row in islice(read.rows, rows) if not isinstance(row, BadRow)]
        named = read.columns if read.columns is not None else dict.fromkeys(name for values in found for name in values)
        columns = [name for name in named if name]
    return FirstRows(columns, [[values.get(column, "") for column in columns] for values in found])


def preview(path: Path, mapping: Mapping | None, rows: int) -> list[Previewed]:
    """The first rows in the order of the file; without a mapping, the lines of CloudEvents.

    Raises UnreadableFileError, and ImportStoppedError where the mapping does not fit the file."""
    if mapping is None:
        told = islice(claims_of(path), rows)
        return [Previewed(line, [], [one]) if isinstance(one, Reject) else Previewed(line, [one], []) for line, one in told]
    ((_, rule),) = rules_of([path], mapping)
    found: dict[int, Previewed] = {}
    with closing(Spool()) as spool, table(path, rule.reading) as read:
        if read.columns is not None:
            check_columns(path, rule, read.columns)
        for row in islice(read.rows, rows):
            found[row.line] = _taken(path, rule, row, spool)
        translator = Translator(mapping)
        for spooled in spool.ordered():
            try:
                found[spooled.line] = Previewed(spooled.line, translator.claims(rule, spooled), [])
            except RowFaultError as error:
                found[spooled.line] = Previewed(spooled.line, [], _rejects(path, spooled.line, error))
    return list(found.values())


def _taken(path: Path, rule: FileRule, row: Row | BadRow, spool: Spool) -> Previewed:
    """Puts a row into the spool, unless it is of no concern or cannot be read."""
    if isinstance(row, BadRow):
        return Previewed(row.line, [], [Reject(path.name, row.line, row.column, row.why)])
    if holds(rule.only, row.values):
        try:
            spool.add(*lead_and_time(rule, row.values), 0, row.line, row.values)
        except RowFaultError as error:
            return Previewed(row.line, [], _rejects(path, row.line, error))
    return Previewed(row.line, [], [])


def _rejects(path: Path, line: int, error: RowFaultError) -> list[Reject]:
    return [Reject(path.name, line, column, why) for column, why in error.faults]
