"""Lanes: who had something when. One lane a party, bars from one instant to another, lines that stand for due times, and
shaded stretches in which the doors were closed. Where things stand is the caller's scale; this draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from markupsafe import Markup

from api.web.charts.bars import legend_of
from api.web.charts.svg import WIDTH, Colour, drawing, element, linked, shortened, text

LEFT, RIGHT = 170, 24
SPACE = WIDTH - LEFT - RIGHT
_TOP, _LANE, _FOOT = 34, 54, 30
_PLACES = {"upper": (8, 16), "lower": (28, 10), "over": (42, 6)}


class LaneMark(NamedTuple):
    """A bar between two places, or a line at one, from 0 to 1 along the axis. `row` is where in the lane it stands."""

    from_: float
    until: float
    title: str
    href: str
    colour: Colour
    row: Literal["upper", "lower", "over", "line"] = "upper"


class Lane(NamedTuple):
    """One party's marks."""

    label: str
    marks: Sequence[LaneMark]


def lanes(
    title: str,
    told: Sequence[Lane],
    ticks: Sequence[tuple[float, str]],
    closed: Sequence[tuple[float, float]],
    legend: Sequence[tuple[str, Colour]],
    now: tuple[float, str] | None,
) -> Markup:
    """The lanes with their axis below. `now` is where and how the moment shown is marked."""
    bottom = _TOP + len(told) * _LANE
    parts = [legend_of(legend, LEFT)]
    parts += [_rect(_x(since), _TOP, _x(until) - _x(since), bottom - _TOP, "closed") for since, until in closed]
    for x, label in ticks:
        parts.append(_stroke(_x(x), _TOP, bottom, "grid"))
        parts.append(text(label, _x(x), bottom + 18, anchor="middle", class_="quiet-text"))
    for index, lane in enumerate(told):
        y = _TOP + index * _LANE
        parts.append(element("line", x1=0, x2=WIDTH, y1=y + _LANE, y2=y + _LANE, class_="grid"))
        parts.append(text(shortened(lane.label, 20), 0, y + 26))
        parts += [_mark(mark, y) for mark in lane.marks]
    if now is not None:
        parts.append(linked(_stroke(_x(now[0]), _TOP - 4, bottom + 4, "now"), now[1], ""))
    return drawing(title, bottom + _FOOT, parts)


def _mark(mark: LaneMark, y: float) -> Markup:
    if mark.row == "line":
        return linked(_stroke(_x(mark.from_), y + 4, y + _LANE - 4, f"due {mark.colour}"), mark.title, mark.href)
    offset, height = _PLACES[mark.row]
    width = max((mark.until - mark.from_) * SPACE, 3.0)
    return linked(_rect(_x(mark.from_), y + offset, width, height, mark.colour), mark.title, mark.href)


def _x(place: float) -> float:
    return LEFT + SPACE * place


def _rect(x: float, y: float, width: float, height: float, class_: str) -> Markup:
    return element("rect", x=float(x), y=float(y), width=float(width), height=float(height), class_=class_)


def _stroke(x: float, top: float, bottom: float, class_: str) -> Markup:
    return element("line", x1=float(x), x2=float(x), y1=float(top), y2=float(bottom), class_=class_)
