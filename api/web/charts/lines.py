"""Lines over time: figures that went up and down, with what they were to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from markupsafe import Markup

from api.web.charts.bars import legend_of
from api.web.charts.svg import WIDTH, Colour, Mark, drawing, element, linked, text

_LEFT, _RIGHT, _TOP, _HEIGHT, _FOOT = 60, 20, 34, 200, 28


class Line(NamedTuple):
    """A line: a mark a column, None where there is no figure (the line is broken there)."""

    label: str
    marks: Sequence[Mark | None]
    colour: Colour = "series-1"
    is_target: bool = False


def lines(title: str, columns: Sequence[str], told: Sequence[Line], *, most: float | None = None, unit: str = "") -> Markup:
    """The chart, from 0 to `most` (the highest figure where None)."""
    highest = most or max((mark.value for line in told for mark in line.marks if mark), default=0) or 1
    step = (WIDTH - _LEFT - _RIGHT) / max(len(columns) - 1, 1)

    def place(index: int, value: float) -> tuple[float, float]:
        return _LEFT + index * step, _TOP + _HEIGHT * (1 - value / highest)

    parts = [legend_of([(line.label, line.colour) for line in told])]
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _TOP + _HEIGHT * (1 - share)
        parts.append(element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=float(y), y2=float(y), class_="grid"))
        parts.append(text(f"{highest * share:,.0f}{unit}", _LEFT - 8, y + 4, anchor="end", class_="quiet-text"))
    every = max(1, round(90 / max(step, 1) + 0.49))
    parts += [
        text(column, place(index, 0)[0], _TOP + _HEIGHT + 20, anchor=_anchor(index, len(columns)), class_="quiet-text")
        for index, column in enumerate(columns)
        if index % every == 0
    ]
    for line in told:
        parts.append(element("path", d=_path(line, place), class_=f"line {line.colour}{' target' if line.is_target else ''}"))
        for index, mark in enumerate(line.marks):
            if mark is not None and not line.is_target:
                x, y = place(index, mark.value)
                parts.append(linked(element("circle", cx=x, cy=y, r=5, class_=line.colour), mark.title, mark.href))
    return drawing(title, _TOP + _HEIGHT + _FOOT, parts)


def _anchor(index: int, columns: int) -> Literal["middle", "end"]:
    """The last label ends where the drawing does."""
    return "end" if index and index == columns - 1 else "middle"


def _path(line: Line, place: object) -> str:
    assert callable(place)
    drawn, pen = [], "M"
    for index, mark in enumerate(line.marks):
        if mark is None:
            pen = "M"
            continue
        x, y = place(index, mark.value)
        drawn.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return " ".join(drawn)
