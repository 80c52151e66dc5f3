"""When a row becomes an event: what its cells must hold, all of it."""

from __future__ import annotations

from api.importers.columns import Column, Values


class Condition:
    """A column that is to hold one of some texts, or to be filled, or to be empty."""

    __slots__ = ("_cell", "column", "present", "texts")

    def __init__(self, column: Column, texts: frozenset[str] | None, present: bool = True) -> None:
        """`texts` it may hold; None: `present` decides."""
        self.column = column
        self.texts = texts
        self.present = present
        self._cell = column.cell

    def __call__(self, values: Values) -> bool:
        cell = self._cell(values)
        if self.texts is not None:
            return cell in self.texts
        return (cell is not None) is self.present


def holds(conditions: tuple[Condition, ...], values: Values) -> bool:
    """Whether a row meets them all."""
    for condition in conditions:  # noqa: SIM110 - a generator for each row would cost more than the conditions
        if not condition(values):
            return False
    return True
