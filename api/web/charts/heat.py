"""A heat map: rows by columns, a tint a cell, its figure written in it. Cells of few cases stay untinted: they would scream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from api.web.charts.svg import WIDTH, Colour, Mark, drawing, element, linked, shortened, text
from api.web.figures import SMALL_N

_LABEL, _ROW, _HEAD = 200, 36, 26
_TINTS: tuple[Colour, ...] = ("heat-0", "heat-1", "heat-2", "heat-3", "heat-4")


class HeatRow(NamedTuple):
    """A row: a mark a column, its value from 0 (well) to 1 (ill), with the n it rests on; None where there is nothing."""

    label: str
    cells: Sequence[tuple[Mark, int] | None]


def heat(title: str, columns: Sequence[str], rows: Sequence[HeatRow]) -> Markup:
    """The map. Under the figure of each cell stands its n."""
    width = (WIDTH - _LABEL) / max(len(columns), 1)
    every = max(1, round(70 / width + 0.49))
    parts = [
        text(column, _LABEL + (index + 0.5) * width, 16, anchor="middle", class_="quiet-text")
        for index, column in enumerate(columns)
        if index % every == 0
    ]
    for number, row in enumerate(rows):
        y = _HEAD + number * _ROW
        parts.append(text(shortened(row.label, 24), _LABEL - 12, y + 22, anchor="end"))
        for index, cell in enumerate(row.cells):
            if cell is not None:
                parts.append(_cell(*cell, _LABEL + index * width, y, width))
    return drawing(title, _HEAD + len(rows) * _ROW + 4, parts)


def _cell(mark: Mark, n: int, x: float, y: float, width: float) -> Markup:
    is_small = n < SMALL_N
    tint = _TINTS[0] if is_small else _TINTS[min(4, int(mark.value * 5))]
    drawn = element("rect", x=x + 1, y=float(y + 1), width=width - 2, height=_ROW - 2, class_=tint)
    drawn += text(mark.text, x + width / 2, y + 16, anchor="middle", class_="quiet-text" if is_small else "figure")
    drawn += text(f"n={n}", x + width / 2, y + 29, anchor="middle", class_="small quiet-text")
    return linked(drawn, mark.title, mark.href)
