"""Charts are drawings that anybody can read: every mark links and says what it is, and whatever it is called is text."""

import re

import pytest
from defusedxml import ElementTree
from markupsafe import Markup

from api.web.charts import Bar, HeatRow, Lane, LaneMark, Line, Mark, answered_chart, bars, heat, lanes, lines, stacked

NASTY = "<script>\"&'"
MARK = Mark(3, "3", f"{NASTY}: 3", "/leads?channel=web&stage=mql", "series-2")
CHARTS = {
    "bars": bars("Bars", [(NASTY, MARK), ("none", MARK._replace(value=0))]),
    "stacked": stacked("Stacked", [Bar(NASTY, [MARK, MARK], "6")], [("kept", "kept")], as_shares=True),
    "heat": heat("Heat", ["w1", "w2"], [HeatRow(NASTY, [(MARK._replace(value=1), 50), None])]),
    "lines": lines("Lines", ["Jan", "Feb", "Mar"], [Line(NASTY, [MARK, None, MARK])], unit="%"),
    "lanes": lanes(
        "Lanes",
        [Lane(NASTY, [LaneMark(0, 0.5, NASTY, "#event-1", "series-1"), LaneMark(0.5, 0.5, NASTY, "#c", "broken", "line")])],
        [(0, "Mon")],
        [(0.2, 0.3)],
        [("held", "series-1")],
        (1, "now"),
    ),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_every_mark_of_a_chart_leads_somewhere_and_says_what_it_is(chart: Markup) -> None:
    drawn = ElementTree.fromstring(str(chart))
    links = drawn.iter("{http://www.w3.org/2000/svg}a")
    titles = [link.findtext("{http://www.w3.org/2000/svg}title") for link in links]
    assert titles
    assert all(NASTY in str(title) for title in titles)
    assert "style=" not in chart
    assert "NaN" not in chart


def test_a_bar_of_nothing_is_not_drawn_and_of_everything_fills_the_space() -> None:
    drawn = bars("Bars", [("a", MARK), ("b", MARK._replace(value=0))])
    assert re.findall(r'<rect[^>]* width="(\d+)"', drawn) == ["630"]


def test_cells_of_few_cases_do_not_scream() -> None:
    few = heat("Heat", ["w"], [HeatRow("r", [(MARK._replace(value=1), 9)])])
    many = heat("Heat", ["w"], [HeatRow("r", [(MARK._replace(value=1), 10)])])
    assert "heat-0" in few
    assert "heat-4" in many


def test_a_chart_as_a_file_brings_its_colours_and_may_load_nothing() -> None:
    answer = answered_chart(CHARTS["bars"])
    assert answer.media_type == "image/svg+xml"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    ElementTree.fromstring(bytes(answer.body).decode())
