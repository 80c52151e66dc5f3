"""Figures and tables as pages show them: every figure says how it was counted, and opens the list it was counted from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

SMALL_N = 10
"""Below it a share says little, and is shown greyed."""

CellKind = Literal["text", "number", "time", "link", "count", "few", "code", "muted", "row", "anchor"]


class Cell(NamedTuple):
    """A cell: `link` and `count` lead to `href`, a `count` is a number, `few` one that rests on a single case; a `time` is
    written on one line; `muted` is what is left aside or rests on few cases. The first of a row may be the `row` of an event,
    its text being the position, or an `anchor`, by which links find the row."""

    text: str
    kind: CellKind = "text"
    href: str = ""


class Table(NamedTuple):
    """A table with its caption; the first cell of a row names the row."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class Figure(NamedTuple):
    """One number. `value` is as it is shown; `n` are the cases behind it, of which `href` opens the list; `formula` and `over`
    say in words how it is made and from what. A plain count needs no `n` besides itself."""

    label: str
    value: str
    href: str | None
    formula: str
    over: str
    n: int | None = None

    @property
    def is_small(self) -> bool:
        """Whether it rests on too few cases to say much."""
        return self.n is not None and self.n < SMALL_N
