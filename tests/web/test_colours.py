"""Whatever is to be read or told apart stands out from its ground, in both schemes."""

import pytest

from tests.web.colours import colours, contrast

SCHEMES = ("light", "dark")
TEXT = ("ink", "quiet", "link", "broken", "kept", "charge")
MARKS = ("series-1", "series-2", "series-3", "series-4", "series-5", "series-6", "broken", "kept", "charge")
TINTS = ("heat-0", "heat-1", "heat-2", "heat-3", "heat-4")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_colour_of_text_stands_out_from_its_ground(scheme: str) -> None:
    """A contrast of at least 4.5 (WCAG 2.2, 1.4.3)."""
    found = colours(scheme)
    for ground in ("ground", "raised"):
        for ink in TEXT:
            assert contrast(found[ink], found[ground]) >= 4.5, (ink, ground)
    for inverse in ("link", "charge"):  # Buttons and the banner.
        assert contrast(found["ground"], found[inverse]) >= 4.5, inverse


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_mark_of_a_chart_stands_out_from_the_page_and_from_closed_days(scheme: str) -> None:
    """A contrast of at least 3 (WCAG 2.2, 1.4.11)."""
    found = colours(scheme)
    for ground in ("ground", "raised"):
        for mark in MARKS:
            assert contrast(found[mark], found[ground]) >= 3, (mark, ground)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_figures_of_a_heat_map_can_be_read_on_every_tint(scheme: str) -> None:
    found = colours(scheme)
    for tint in TINTS:
        for ink in ("ink", "quiet") if tint == "heat-0" else ("ink",):
            assert contrast(found[ink], found[tint]) >= 4.5, (ink, tint)
