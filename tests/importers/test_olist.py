"""The marketing funnel of Olist: 8,000 leads, 842 deals, and the figures of the data's README."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median, quantiles

import pytest

from domain.vocabulary import SECOND
from ledger.book import Book

from .conftest import Imported, Importing

ORIGINS = {
    "organic_search": (2296, 271), "paid_search": (1586, 195), "social": (1350, 75), "unknown": (1099, 179), "direct_traffic": (499, 56),
    "email": (493, 15), "referral": (284, 24), "other": (150, 4), "display": (118, 6), "other_publicities": (65, 3), None: (60, 14),
}  # fmt: skip


@pytest.fixture
def olist(importing: Importing, data: Path, tmp_path: Path) -> Imported:
    return importing("olist", *sorted((data / "olist").glob("*.csv")))


def test_the_figures_of_olist_come_out(olist: Imported) -> None:
    timelines = olist.timelines()
    leads, won, pairs, days = Counter(), Counter(), Counter(), []
    for timeline in timelines.values():
        (episode,) = timeline.episodes
        channel = timeline.lead.profile.channel
        leads[channel] += 1
        if episode.outcome == "won":
            won[channel] += 1
            first = episode.visits[0]
            assert first.left_at is not None
            days.append((first.left_at - first.entered_at) / SECOND / 86_400)
            pairs[tuple(holding.holder.partition(":")[2] for holding in episode.owners)] += 1
    assert (len(timelines), won.total()) == (8_000, 842)
    assert {channel: (leads[channel], won[channel]) for channel in leads} == ORIGINS
    assert round(median(days), 3) == 14.651
    assert round(quantiles(days, n=10, method="inclusive")[8], 2) == 162.59
    assert sum(day < 0 for day in days) == 1
    assert len(pairs) == 224
    assert sum(count for (sdr, sr), count in pairs.items() if sdr == sr) == 5
    assert (len({sdr for sdr, _ in pairs}), len({sr for _, sr in pairs})) == (32, 22)


def test_nothing_is_invented(olist: Imported) -> None:
    counts = Counter(act.event.NAME for act in olist.events)
    assert counts == {"lead.captured": 8_000, "custody.observed": 2 * 842, "lead.profiled": 842, "stage.observed": 842}
    handed = [act.event for act in olist.events if act.event.NAME == "custody.observed"]
    assert all(event.not_after is not None for event in handed)  # type: ignore[union-attr]


def test_importing_it_again_records_nothing(olist: Imported, importing: Importing, data: Path, book: Book) -> None:
    head = book.head().position
    again = importing("olist", *sorted((data / "olist").glob("*.csv")))
    assert (again.tally.recorded, again.tally.duplicates) == (0, 8_000 + 4 * 842)
    assert book.head().position == head
