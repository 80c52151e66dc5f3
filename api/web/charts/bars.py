"""Bars that lie, one below the other: single ones, and such as are made of parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from api.web.charts.svg import WIDTH, Colour, Mark, drawing, element, linked, shortened, text, width_of

_LABEL, _MOST_LABEL, _VALUE, _ROW, _BAR = 220, 350, 110, 34, 20


class Bar(NamedTuple):
    """A labelled row of marks; `text` stands behind them."""

    label: str
    marks: Sequence[Mark]
    text: str = ""


def bars(title: str, marks: Sequence[tuple[str, Mark]]) -> Markup:
    """One bar a label, with its figure behind it. The longest fills the space."""
    return _drawn(title, [Bar(label, (mark,), mark.text) for label, mark in marks], ())


def stacked(title: str, rows: Sequence[Bar], legend: Sequence[tuple[str, Colour]], *, as_shares: bool = False) -> Markup:
    """Bars of parts. `as_shares`: each fills the space, whatever it adds up to."""
    return _drawn(title, rows, legend, as_shares=as_shares)


def _drawn(title: str, rows: Sequence[Bar], legend: Sequence[tuple[str, Colour]], *, as_shares: bool = False) -> Markup:
    totals = [sum(mark.value for mark in row.marks) for row in rows]
    most = max(totals, default=0)
    top = 30 if legend else 4
    left = min(_MOST_LABEL, max(_LABEL, *(round(width_of(row.label)) + 16 for row in rows))) if rows else _LABEL
    space = WIDTH - left - _VALUE
    parts = [legend_of(legend)] if legend else []
    for index, (row, total) in enumerate(zip(rows, totals, strict=True)):
        y = top + index * _ROW
        parts.append(text(shortened(row.label, 26), left - 12, y + 20, anchor="end"))
        x = float(left)
        for mark in row.marks:
            width = space * mark.value / ((total if as_shares else most) or 1)
            if mark.value:
                rect = element("rect", x=x, y=float(y + 5), width=max(width, 2.0), height=_BAR, class_=mark.colour)
                parts.append(linked(rect, mark.title, mark.href))
            x += width
        parts.append(text(row.text, x + 8, y + 20, class_="figure"))
    return drawing(title, top + len(rows) * _ROW + 6, parts)


def legend_of(entries: Sequence[tuple[str, Colour]], x: float = 0) -> Markup:
    """What the colours mean, in a line above the drawing."""
    parts = Markup("")
    for label, colour in entries:
        parts += element("rect", x=float(x), y=4, width=12, height=12, class_=colour) + text(label, x + 18, 15, class_="quiet-text")
        x += 34 + width_of(label)
    return parts
