"""Charts as SVG, drawn by the server: geometry in attributes, colours by class (charts.css), every mark a link with a title.

A chart needs no script, prints, and its text stands on the page's ground alone, so that it can always be read."""

from api.web.charts.bars import Bar, bars, stacked
from api.web.charts.heat import HeatRow, heat
from api.web.charts.lanes import Lane, LaneMark, lanes
from api.web.charts.lines import Line, lines
from api.web.charts.svg import Colour, Mark, answered_chart

__all__ = [
    "Bar", "Colour", "HeatRow", "Lane", "LaneMark", "Line", "Mark", "answered_chart", "bars", "heat", "lanes", "lines", "stacked",
]  # fmt: skip
